import { DeliveryError } from '../errors.ts'
import { describeError } from '../lib/describe-error.ts'
import { tryTo } from '../lib/try-to.ts'
import { createDeadlineError, type Expiry } from './deadline.ts'
import { toHeaderRecord } from './headers.ts'
import { BODY_TIMEOUT_MS, readBody } from './read-body.ts'
import type { HTTPClient, HTTPClientRequest, HTTPResponse } from './types.ts'

/** The result of one request. Never an exception: whatever an HTTP client does becomes one of these. */
export type ExchangeResult = ReceivedResponse | { kind: 'error'; reason: DeliveryError }

export interface ReceivedResponse {
  readonly kind: 'response'
  readonly status: number
  readonly statusText: string
  readonly headers: Record<string, string>
  /** The beginning of the body; empty until it is read. */
  readonly body: string
}

/**
 * Makes one request. It finishes with its response, at `httpRequestTimeout` or when the deadline expires, whichever is
 * first, even if the client ignores its signal, and leaves no timer behind. The status decides the result; only a
 * little of the body is then read, for a short time.
 */
export function exchange(
  client: HTTPClient,
  request: Omit<HTTPClientRequest, 'signal' | 'data'>,
  expiry: Expiry,
  redact: (text: string) => string,
  onHead: (head: ReceivedResponse) => void,
): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const controller = new AbortController()
    let head: LazyResponse | undefined
    let isOver = false

    const finish = (result: ExchangeResult) => {
      // An aborted client still rejects, when the deadline already belongs to the next wait.
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      expiry.onExpire(undefined)
      resolve(result)
    }
    const abort = (reason: DeliveryError) => {
      finish(head ?? { kind: 'error', reason })
      controller.abort()
    }
    const { httpRequestTimeout } = request
    const timeOut = () =>
      abort(new DeliveryError('ERR_TIMEOUT', `no response within ${httpRequestTimeout} ms (httpRequestTimeout)`))
    let timer = setTimeout(timeOut, httpRequestTimeout)
    expiry.onExpire(() => abort(createDeadlineError('the deadline of the flush passed', undefined)))

    const run = async (): Promise<ExchangeResult> => {
      const response = await callClient(client, new ClientRequest({ ...request, signal: controller.signal }))
      const { status } = response
      if (status < 200) return { kind: 'error', reason: toNetworkError(new Error(`status ${status}`), redact) }
      head = new LazyResponse(response, status)
      if (isOver) return head
      onHead(head)
      clearTimeout(timer)
      timer = setTimeout(timeOut, Math.min(BODY_TIMEOUT_MS, httpRequestTimeout))
      head.body = await readBody(response)
      return head
    }
    run().then(finish, (error) => finish(head ?? { kind: 'error', reason: toNetworkError(error, redact) }))
  })
}

/** The response that the client returned, or threw, as axios does for error statuses. Rejects if there is none. */
async function callClient(client: HTTPClient, request: HTTPClientRequest): Promise<HTTPResponse> {
  let response: HTTPResponse
  try {
    response = await client.makeRequest(request)
  } catch (error) {
    response = readThrownResponse(error)
  }
  if (Number.isInteger(response?.status)) return response
  throw new DeliveryError('ERR_BAD_RESPONSE', 'the HTTP client returned something without a status')
}

function readThrownResponse(error: unknown): HTTPResponse {
  // The cast: anything can be thrown; missing fields are undefined.
  const { response } = (error ?? {}) as { response?: HTTPResponse & { data?: unknown } }
  if (!Number.isInteger(response?.status) || !response) throw error
  const { data, status, statusText, headers } = response
  const text = async () => (typeof data === 'string' ? data : (JSON.stringify(data) ?? ''))
  return { status, statusText, headers, text }
}

/**
 * Adds the body as an object, parsed only when read, and not enumerable, so that copying the request does not read it.
 */
class ClientRequest implements HTTPClientRequest {
  declare readonly url: string
  declare readonly method: 'POST'
  declare readonly headers: Record<string, string>
  declare readonly body: string
  declare readonly httpRequestTimeout: number
  declare readonly signal: AbortController['signal']

  constructor(fields: Omit<ClientRequest, 'data'>) {
    Object.assign(this, fields)
  }

  get data(): Record<string, unknown> | undefined {
    try {
      return JSON.parse(this.body)
    } catch {
      // A token request is a form, not JSON.
      return undefined
    }
  }
}

/** Reads only what is needed: converting headers is expensive, and a delivered batch does not need them. */
class LazyResponse implements ReceivedResponse {
  readonly kind = 'response'
  readonly status: number
  body = ''
  readonly #response: HTTPResponse

  constructor(response: HTTPResponse, status: number) {
    this.status = status
    this.#response = response
  }

  get statusText(): string {
    return tryTo(() => String(this.#response.statusText ?? '')) ?? ''
  }

  get headers(): Record<string, string> {
    return toHeaderRecord(tryTo(() => this.#response.headers))
  }
}

/**
 * The cause is a copy of the error's text, because errors of HTTP libraries often contain the request with its
 * credentials.
 */
function toNetworkError(error: unknown, redact: (text: string) => string): DeliveryError {
  if (error instanceof DeliveryError && error.code === 'ERR_BAD_RESPONSE') return error
  const texts = [error, tryTo(() => (error as Error).cause)].filter(Boolean).map((each) => redact(describeError(each)))
  const cause = Object.assign(new Error(texts.join(': ')), { name: tryTo(() => String((error as Error).name)) })
  return new DeliveryError('ERR_NETWORK', ['the request failed', ...texts].join(': '), { cause })
}
