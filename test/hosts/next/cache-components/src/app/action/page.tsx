import { client } from '../../analytics.ts'

async function subscribe(form: FormData): Promise<void> {
  'use server'
  client.track({ userId: String(form.get('user')), event: 'Subscribed' })
}

export default function Action() {
  return (
    <form action={subscribe}>
      <input name="user" />
    </form>
  )
}
