import { client } from '../../../analytics.ts'
import { takeFromStock } from '../../../stock.ts'

export const runtime = 'edge'

export async function GET(request: Request): Promise<Response> {
  const userId = String(new URL(request.url).searchParams.get('user'))
  client.track({ userId, event: 'Edge Called' })
  await takeFromStock('pen', userId)
  return new Response('ok')
}
