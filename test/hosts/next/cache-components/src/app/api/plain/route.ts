import { client } from '../../../analytics.ts'

/** It reads nothing of its request. */
export async function GET(): Promise<Response> {
  client.track({ userId: 'plain', event: 'Plain Called' })
  return new Response('ok')
}
