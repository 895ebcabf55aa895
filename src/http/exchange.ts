import { DeliveryError } from '../errors.ts'
import { toHeaderRecord } from './headers.ts'
import type { HTTPClient, HTTPClientRequest, HTTPResponse } from './types.ts'
import type { Waiter } from './waiter.ts'

/** How one request ended. An answer is never an exception: whatever an HTTP client does becomes one of these. */
export type Answer = (ResponseHead & { body: string }) | { kind: 'error'; reason: DeliveryError }

/** What is known of a response before its body. */
export interface ResponseHead {
  readonly kind: 'response'
  readonly status: number
  readonly statusText: string
  readonly headers: Record<string, string>
}

/**
 * Makes one request. It ends with its answer, at `httpRequestTimeout` (headers and body together), or when the deadline
 * expires, whichever comes first, even where the client ignores its signal; and it leaves no timer behind.
 */
export function exchange(
  client: HTTPClient,
  request: Omit<HTTPClientRequest, 'signal' | 'data'>,
  waiter: Pick<Waiter, 'onExpire'>,
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
      waiter.onExpire(undefined)
      resolve(answer)
    }
    const giveUp = (reason: DeliveryError) => {
      end(head ?? { kind: 'error', reason })
      controller.abort()
    }
    const { httpRequestTimeout } = request
    const timer = setTimeout(() => {
      giveUp(new DeliveryError('ERR_TIMEOUT', `no answer within ${httpRequestTimeout} ms (httpRequestTimeout)`))
    }, httpRequestTimeout)
    waiter.onExpire(() => giveUp(new DeliveryError('ERR_DEADLINE', 'the deadline of the flush passed')))

    askClient(client, new ClientRequest({ ...request, signal: controller.signal }), (answer) => {
      head = answer
      if (!isEnded) onHead(answer)
    }).then(end, (error) => end(head ?? { kind: 'error', reason: toNetworkError(error) }))
  })
}

/** Has the body as an object, too: parsed only for who asks, and not enumerable, so that who copies the request does not ask. */
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

async function askClient(
  client: HTTPClient,
  request: HTTPClientRequest,
  onHead: (head: ResponseAnswer) => void,
): Promise<Answer> {
  const response = await client.makeRequest(request)
  if (!Number.isInteger(response?.status)) {
    const reason = new DeliveryError('ERR_BAD_RESPONSE', 'the HTTP client answered with something that has no status')
    return { kind: 'error', reason }
  }
  const answer = new ResponseAnswer(response)
  onHead(answer)
  answer.body = (await response.text?.()) ?? ''
  return answer
}

/** Reads of a response what somebody asks for: a batch that is delivered has no use for the headers, which cost. */
class ResponseAnswer implements ResponseHead {
  readonly kind = 'response'
  readonly status: number
  body = ''
  readonly #response: HTTPResponse

  constructor(response: HTTPResponse) {
    this.status = response.status
    this.#response = response
  }

  get statusText(): string {
    return String(tryRead(() => this.#response.statusText) ?? '')
  }

  get headers(): Record<string, string> {
    return toHeaderRecord(tryRead(() => this.#response.headers))
  }
}

/** What a response does not let be read must not hide its status. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function toNetworkError(cause: unknown): DeliveryError {
  return new DeliveryError('ERR_NETWORK', 'the request failed', { cause })
}
