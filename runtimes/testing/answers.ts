import { type HTTPClientRequest, type HTTPResponse, ValidationError } from '../../src/index.ts'
import { checkMilliseconds, isPlainObject } from '../../src/kit/index.ts'

/** How the Tracking API behaves in a test. */
export interface Answer {
  /** HTTP status: 100 to 599. @default 200 */
  status?: number | undefined
  /** @default {} */
  headers?: Record<string, string> | undefined
  /** @default '' */
  body?: string | undefined
  /** Fails the request with this error instead, as a reset connection does. */
  error?: Error | undefined
  /** Milliseconds on the test's clock until the response: 0 to 2147483647, or `Infinity` for a response that never comes. @default 0 */
  delay?: number | undefined
  /** How many requests get this response: a whole number above 0. @default all that follow */
  times?: number | undefined
}

const NAMES = ['status', 'headers', 'body', 'error', 'delay', 'times']

/** The answers still to be given, in order. */
export class Answers {
  #list: { answer: Answer; left: number }[] = []
  readonly #waiting = new Set<() => void>()

  set(answers: readonly Answer[]): void {
    for (const answer of answers) checkAnswer(answer)
    this.#list = answers.map((answer) => ({ answer, left: answer.times ?? Number.POSITIVE_INFINITY }))
  }

  /** Answers the requests that are waiting. */
  release(): void {
    for (const answer of this.#waiting) answer()
  }

  async give(request: HTTPClientRequest): Promise<HTTPResponse> {
    const { error, status = 200, headers = {}, body = '', delay = 0 } = this.#next()
    if (delay > 0) await this.#wait(delay, request.signal)
    if (error) throw error
    return { status, statusText: '', headers, text: async () => body }
  }

  #next(): Answer {
    const [first] = this.#list
    if (!first) return {}
    if (--first.left <= 0) this.#list.shift()
    return first.answer
  }

  #wait(delayMs: number, signal: Pick<AbortSignal, 'addEventListener'>): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        resolve()
      }
      const timer = delayMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, delayMs)
      this.#waiting.add(end)
      signal.addEventListener('abort', end)
    })
  }
}

function checkAnswer(answer: Answer): void {
  const given: unknown = answer
  if (!isPlainObject(given))
    throw new ValidationError('respond', 'takes objects, for example { status: 503, times: 2 }')
  const unknown = Object.keys(answer).find((name) => !NAMES.includes(name))
  if (unknown) throw new ValidationError(unknown, `is not part of an answer; the parts are ${NAMES.join(', ')}`)
  const { status = 200, delay = 0, times = 1, error } = answer
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw new ValidationError('status', 'must be a whole number from 100 to 599')
  }
  if (delay !== Number.POSITIVE_INFINITY) checkMilliseconds('delay', delay, 0)
  if (!Number.isInteger(times) || times < 1) throw new ValidationError('times', 'must be a whole number above 0')
  if (error !== undefined && !(error instanceof Error)) throw new ValidationError('error', 'must be an Error')
}
