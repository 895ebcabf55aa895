import type { HTTPClient, HTTPClientRequest, HTTPResponse, SegmentEvent } from '../../src/index.ts'
import type { Treatment } from './program.ts'

/** Marks an event for which the endpoint answers 400, alone or in company. */
export const REJECTED = 'Rejected'

/** A Tracking API on the fake clock: it treats each request as the program says, and remembers what it took. */
export class Endpoint implements HTTPClient {
  readonly #treatments: Treatment[]
  /** By the monotonic clock. */
  #downUntilMs = 0
  /** How often each message id was taken in a request whose answer arrived. */
  readonly taken = new Map<string, number>()
  /** Message ids that were taken in a request whose answer was lost, or came too late to be heard. */
  readonly takenUnheard = new Set<string>()
  inFlight = 0
  maxInFlight = 0

  constructor(treatments: readonly Treatment[]) {
    this.#treatments = [...treatments]
  }

  /** Refuses connections from now on. */
  breakDown(ms: number): void {
    this.#downUntilMs = performance.now() + ms
  }

  makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
    const treatment = this.#nextTreatment()
    if (treatment.kind === 'throw') throw new Error('a client that throws synchronously')
    this.inFlight++
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight)
    let isOpen = true
    const close = () => {
      if (isOpen) this.inFlight--
      isOpen = false
    }
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => {
        close()
        reject(new Error('aborted'))
      }
      request.signal.addEventListener('abort', onAbort, { once: true })
    })
    return Promise.race([aborted, this.#treat(treatment, request)]).finally(close)
  }

  #nextTreatment(): Treatment {
    if (performance.now() < this.#downUntilMs) return { kind: 'reset', delayMs: 1 }
    return this.#treatments.shift() ?? { kind: 'answer', status: 200, delayMs: 1 }
  }

  async #treat(treatment: Treatment, { body, signal }: HTTPClientRequest): Promise<HTTPResponse> {
    const events: SegmentEvent[] = JSON.parse(body).batch
    if ('delayMs' in treatment) await this.#pause(treatment.delayMs, signal)
    switch (treatment.kind) {
      case 'answer': {
        const isRejected = events.some(({ userId }) => userId === REJECTED)
        const status = treatment.status === 200 && isRejected ? 400 : treatment.status
        if (status === 200) this.#take(events, !signal.aborted)
        const { retryAfter } = treatment
        const value = retryAfter === 'date' ? new Date(Date.now() + 2_000).toUTCString() : retryAfter
        return {
          status,
          statusText: '',
          headers: value === undefined ? {} : { 'Retry-After': value },
          text: async () => '',
        }
      }
      case 'throw-status': {
        const response = { status: treatment.status, statusText: '', headers: {}, data: { why: 'no' } }
        throw Object.assign(new Error('a status that is thrown'), { response, config: { data: body } })
      }
      case 'lose-answer':
        this.#take(events, false)
        throw new Error('connection reset after the request')
      case 'reset':
        throw new Error('connection reset')
      case 'hang-body':
        this.#take(events, true)
        return { status: 200, statusText: '', text: () => new Promise(() => {}) }
      case 'nonsense':
        // The cast is the point: an HTTP client may be anything at run time.
        return treatment.value as HTTPResponse
      default:
        return new Promise(() => {})
    }
  }

  /** A pause that leaves no timer behind, as a real connection does not. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    })
  }

  #take(events: SegmentEvent[], isHeard: boolean): void {
    for (const { messageId } of events) {
      if (isHeard) this.taken.set(messageId, (this.taken.get(messageId) ?? 0) + 1)
      else this.takenUnheard.add(messageId)
    }
  }
}
