import { after } from 'next/server'
import { client } from '../../../analytics.ts'

export async function POST(request: Request): Promise<Response> {
  const { userId } = await request.json()
  after(() => void client.track({ userId, event: 'After The Post' }))
  client.track({ userId, event: 'Posted' })
  return new Response('ok')
}
