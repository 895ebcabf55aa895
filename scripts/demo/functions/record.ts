import type { Scope } from 'analytics-edge'
import { DOCUMENTED_CALLS } from '../../../examples/documented-calls.ts'

/** What the function does on each host: `/track` and its like make the call with the body as its parameters. */
export async function record(analytics: Scope, path: string, body: string): Promise<void> {
  const { pathname, searchParams } = new URL(path, 'http://localhost')
  const call = DOCUMENTED_CALLS.find(({ call }) => pathname === `/${call}`)?.call
  if (call === undefined) return
  // A cast, as the body is the demo's own, and the library checks it.
  const delivery = analytics[call](JSON.parse(body) as never)
  // What the demo warns of: the caller then waits for the API.
  if (searchParams.has('await')) await delivery
}

/** The same over HTTP. */
export async function answer(request: Request, analytics: Scope): Promise<Response> {
  await record(analytics, request.url, await request.text())
  return new Response('accepted\n', { status: 202 })
}
