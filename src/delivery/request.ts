import { DeliveryError } from '../errors.ts'
import type { HTTPClient, HTTPClientRequest } from '../http.ts'
import { toHeaderRecord } from '../lib/to-header-record.ts'
import type { Deadline } from './deadline.ts'

/** How one request ended. An answer is never an exception: whatever an HTTP client does becomes one of these. */
export type Answer = (ResponseHead & { body: string }) | { kind: 'error'; reason: DeliveryError }

/** What is known of a response before its body. */
export interface ResponseHead {
  kind: 'response'
  status: number
  statusText: string
  headers: Record<string, string>
}

/**
 * Makes one request. It ends with its answer, at `httpRequestTimeout` (headers and body together), or when the deadline
 * expires, whichever comes first, even where the client ignores its signal; and it leaves no timer behind.
 */
export function makeRequest(
  client: HTTPClient,
  request: Pick<HTTPClientRequest, 'url' | 'method' | 'headers' | 'body'>,
  timeoutMs: number,
  deadline: Deadline,
  onHead: (head: ResponseHead) => void,
): Promise<Answer> {
  return new Promise((resolve) => {
    const controller = new AbortController()
    // Once the status is known, a body that never ends changes nothing about it.
    let head: Answer | undefined
    let isEnded = false

    const end = (answer: Answer) => {
      // An aborted client still rejects, when the deadline belongs to the next wait already.
      if (isEnded) return
      isEnded = true
      clearTimeout(timer)
      deadline.onExpire = undefined
      resolve(answer)
    }
    const giveUp = (reason: DeliveryError) => {
      end(head ?? { kind: 'error', reason })
      controller.abort()
    }
    const timer = setTimeout(() => {
      giveUp(new DeliveryError('ERR_TIMEOUT', `no answer within ${timeoutMs} ms (httpRequestTimeout)`))
    }, timeoutMs)
    deadline.onExpire = () => giveUp(new DeliveryError('ERR_DEADLINE', 'the deadline of the flush passed'))

    exchange(client, toClientRequest(request, timeoutMs, controller.signal), (answer) => {
      head = { ...answer, body: '' }
      if (!isEnded) onHead(answer)
    }).then(end, (error) => end(head ?? { kind: 'error', reason: toNetworkError(error) }))
  })
}

function toClientRequest(
  request: Pick<HTTPClientRequest, 'url' | 'method' | 'headers' | 'body'>,
  httpRequestTimeout: number,
  signal: unknown,
): HTTPClientRequest {
  const clientRequest = { ...request, httpRequestTimeout, signal }
  // Parsed only for who asks; and not enumerable, so that a client that copies the request does not ask.
  return Object.defineProperty(clientRequest, 'data', { get: () => JSON.parse(request.body) })
}

async function exchange(
  client: HTTPClient,
  request: HTTPClientRequest,
  onHead: (head: ResponseHead) => void,
): Promise<Answer> {
  const response = await client.makeRequest(request)
  if (!Number.isInteger(response?.status)) {
    const reason = new DeliveryError('ERR_BAD_RESPONSE', 'the HTTP client answered with something that has no status')
    return { kind: 'error', reason }
  }
  const head = {
    kind: 'response' as const,
    status: response.status,
    statusText: response.statusText ?? '',
    headers: toHeaderRecord(response.headers),
  }
  onHead(head)
  return { ...head, body: (await response.text?.()) ?? '' }
}

function toNetworkError(cause: unknown): DeliveryError {
  return new DeliveryError('ERR_NETWORK', 'the request to the Tracking API failed', { cause })
}
