import { connection } from 'next/server'
import { client } from '../../../analytics.ts'

export async function GET(): Promise<Response> {
  await connection()
  client.track({ userId: 'connected', event: 'Connected Called' })
  return new Response('ok')
}
