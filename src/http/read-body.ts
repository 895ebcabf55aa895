import type { HTTPHeaders, HTTPResponse } from './types.ts'

/** A connection is reused once its response is read; longer bodies are not worth reading for that. */
const MAX_BODY_LENGTH = 64 * 1024
export const BODY_TIMEOUT_MS = 1_000

interface BodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}

/** The beginning of a response's body. The caller limits the time and aborts the request. */
export async function readBody(response: HTTPResponse): Promise<string> {
  // The cast: `Response` has a body stream; other clients may have anything under that name.
  const { body } = response as { body?: { getReader?: () => BodyReader; locked?: boolean } | null }
  if (typeof body?.getReader === 'function' && body.locked === false && !isShort(response)) {
    return readStream(body.getReader())
  }
  // The cast: a client written in JavaScript may return anything.
  const text: unknown = await response.text?.()
  return String(text ?? '').slice(0, MAX_BODY_LENGTH)
}

/** Whether the length is known and small, so that the runtime's own `text()` is the fastest way to read it. */
function isShort(response: HTTPResponse): boolean {
  // The cast: a response with a stream has `Headers`.
  const headers = response.headers as HTTPHeaders
  return Number(headers.get('content-length') ?? Number.NaN) <= MAX_BODY_LENGTH && !headers.has('content-encoding')
}

async function readStream(reader: BodyReader): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (text.length < MAX_BODY_LENGTH) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decoder.decode(value, { stream: true })
  }
  // Not awaited: this aborts the request, and a stream may be slow to cancel.
  reader.cancel().catch(() => {})
  return text.slice(0, MAX_BODY_LENGTH)
}
