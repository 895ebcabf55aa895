import { after } from 'next/server'
import { client } from '../../analytics.ts'

async function fail(form: FormData): Promise<void> {
  'use server'
  client.scope({ waitUntil: after }).track({ userId: String(form.get('user')), event: 'Action Failed' })
  throw new Error('of the action')
}

export default function Fail() {
  return (
    <form action={fail}>
      <input name="user" />
    </form>
  )
}
