import type { DemoRequest } from '../steps.ts'

export interface HttpAnswer {
  readonly status: number
  readonly startedAtMs: number
  /** Until the response began. */
  readonly latencyMs: number
  readonly headers: Headers
}

export async function sendHttp(url: string, request: DemoRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, path, body } = request
  const startedAtMs = Date.now()
  const startedMs = performance.now()
  const response = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body) }), signal })
  const latencyMs = performance.now() - startedMs
  await response.text()
  return { status: response.status, startedAtMs, latencyMs, headers: response.headers }
}
