import type { Emitter } from '../emitter.ts'
import type { DeliveryError } from '../errors.ts'
import type { HTTPClient } from '../http.ts'
import { encodeBase64 } from '../lib/base64.ts'
import { VERSION } from '../lib/version.ts'
import type { ResolvedSettings } from '../settings.ts'
import type { Batch } from './batch.ts'
import { createDeadlineError } from './deadline.ts'
import { decideRetry } from './decide-retry.ts'
import { FetchHTTPClient } from './http-client.ts'
import { type Answer, makeRequest } from './request.ts'

/** Takes the place of credentials in what listeners see. */
const REDACTED = '[redacted]'

/** Carries batches to the Tracking API. It holds values only, so that all scopes of a client can share one. */
export class Sender {
  readonly #settings: ResolvedSettings
  readonly #emitter: Emitter
  readonly #client: HTTPClient
  readonly #authorization: string

  constructor(settings: ResolvedSettings, emitter: Emitter) {
    this.#settings = settings
    this.#emitter = emitter
    const { httpClient } = settings
    this.#client = typeof httpClient === 'object' ? httpClient : new FetchHTTPClient(httpClient)
    this.#authorization = `Basic ${encodeBase64(`${settings.writeKey}:`)}`
  }

  /** Sends a batch, again where that may help, until its deadline. Ends with undefined (delivered) or the reason; never throws. */
  async send(batch: Batch): Promise<DeliveryError | undefined> {
    const { isDisabled, maxRetries } = this.#settings
    if (isDisabled) return undefined

    let countedRetries = 0
    for (let attempt = 1; ; attempt++) {
      for (const entry of batch.entries) entry.context.attempts++
      const decision = decideRetry({
        answer: await this.#request(batch, attempt),
        countedRetries,
        maxRetries,
        nowMs: Date.now(),
        deadlineMs: batch.deadline.atMs,
        random: Math.random(),
      })
      if (decision.kind === 'delivered') return undefined
      if (decision.kind === 'failed') return decision.reason

      batch.lastFailure = decision.reason
      if (decision.isCounted) countedRetries++
      const isRested = await batch.deadline.sleep(decision.delayMs)
      if (!isRested) return createDeadlineError('the deadline of the flush came before the next try', decision.reason)
    }
  }

  async #request(batch: Batch, attempt: number): Promise<Answer> {
    const { url, writeKey, httpRequestTimeoutMs } = this.#settings
    const sentAt = new Date().toISOString()
    const request = {
      url,
      method: 'POST' as const,
      headers: this.#buildHeaders(attempt, this.#authorization),
      body: buildBody(batch, writeKey, sentAt),
      httpRequestTimeout: httpRequestTimeoutMs,
    }
    if (this.#emitter.has('http_request')) {
      this.#emitter.emit('http_request', {
        url,
        method: 'POST',
        headers: this.#buildHeaders(attempt, REDACTED),
        body: buildBody(batch, REDACTED, sentAt),
      })
    }
    const answer = await makeRequest(this.#client, request, batch.deadline)
    if (answer.kind === 'response') {
      const { status, statusText, headers, body } = answer
      this.#emitter.emit('http_response', { url, status, statusText, headers, body })
    }
    return answer
  }

  #buildHeaders(attempt: number, authorization: string): Record<string, string> {
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': `analytics-edge/${VERSION}`,
      Authorization: authorization,
    }
    if (attempt > 1) headers['X-Retry-Count'] = String(attempt - 1)
    return headers
  }
}

/** The request's body, from the JSON that each event already is. `sentAt` is the attempt's, by which the server corrects clocks. */
function buildBody(batch: Batch, writeKey: string, sentAt: string): string {
  const events = batch.entries.map((entry) => entry.json).join(',')
  return `{"batch":[${events}],"writeKey":${JSON.stringify(writeKey)},"sentAt":"${sentAt}"}`
}
