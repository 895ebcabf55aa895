import type { HTTPHeaders, HTTPResponse } from './types.ts'

/** A connection is reused once its response is read; more than this is not worth it. */
const MAX_BODY_LENGTH = 64 * 1024
export const BODY_PATIENCE_MS = 1_000

interface BodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}

/** The beginning of a response's body. Whoever waits for it sets a limit of time, and aborts the request. */
export async function readBody(response: HTTPResponse): Promise<string> {
  // The cast: `Response` has it, other clients may have anything by that name.
  const { body } = response as { body?: { getReader?: () => BodyReader; locked?: boolean } | null }
  if (typeof body?.getReader === 'function' && body.locked === false && !isShort(response)) {
    return readStream(body.getReader())
  }
  // The cast: a client written in JavaScript may return anything.
  const text: unknown = await response.text?.()
  return String(text ?? '').slice(0, MAX_BODY_LENGTH)
}

/** Whether its length is known and small: then the runtime's own way to read it is the fastest. */
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
  // Not awaited: it ends the request, and a stream may take its time.
  reader.cancel().catch(() => {})
  return text.slice(0, MAX_BODY_LENGTH)
}
