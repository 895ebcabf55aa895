import { after } from 'next/server'
import { client } from '../../analytics.ts'

export default async function Rendered({ searchParams }: { searchParams: Promise<{ user: string }> }) {
  const { user } = await searchParams
  client.scope({ waitUntil: after }).track({ userId: user, event: 'Rendered' })
  return <p>Rendered for {user}</p>
}
