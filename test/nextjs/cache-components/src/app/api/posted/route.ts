import { client } from '../../../analytics.ts'

export async function POST(request: Request): Promise<Response> {
  const { userId } = await request.json()
  client.track({ userId, event: 'Posted' })
  return new Response('ok')
}
