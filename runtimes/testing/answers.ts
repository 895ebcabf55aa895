import { type HTTPClientRequest, type HTTPResponse, ValidationError } from '../../src/index.ts'
import { isPlainObject, MAX_TIMER_MS, throwInvalid } from '../../src/kit/index.ts'
import { show } from './show.ts'

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

  /** Whether a test has set them, even to none. */
  areSet = false

  set(answers: readonly Answer[]): void {
    this.#list = answers.map(readAnswer).map((answer) => ({ answer, left: answer.times ?? Number.POSITIVE_INFINITY }))
    this.areSet = true
  }

  clear(): void {
    this.#list = []
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

/** A checked copy, so that no later change of the object matters. */
function readAnswer(given: Answer): Answer {
  if (!isPlainObject(given))
    throw new ValidationError('respond', 'takes objects, for example { status: 503, times: 2 }')
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name))
  if (unknown) throw new ValidationError(unknown, `is not part of an answer; the parts are ${NAMES.join(', ')}`)
  // The cast: the copy of an answer.
  const answer = { ...given } as Answer
  const { status = 200, delay = 0, times = 1, error, body = '' } = answer
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throwInvalid('status', 'a whole number from 100 to 599', status)
  if (delay !== Number.POSITIVE_INFINITY && !(typeof delay === 'number' && delay >= 0 && delay <= MAX_TIMER_MS))
    throwInvalid('delay', `a number of milliseconds from 0 to ${MAX_TIMER_MS}, or Infinity`, delay)
  if (!Number.isInteger(times) || times < 1) throwInvalid('times', 'a whole number above 0', times)
  if (error !== undefined && !isError(error)) throwInvalid('error', 'an Error', error)
  if (typeof body !== 'string') throwInvalid('body', 'text, for example of JSON.stringify()', body)
  if (answer.headers !== undefined) answer.headers = readHeaders(answer.headers)
  return answer
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

function readHeaders(headers: Record<string, string>): Record<string, string> {
  if (!isPlainObject(headers)) throwInvalid('headers', "an object of texts: { 'Retry-After': '1' }", headers)
  const copy = { ...headers }
  for (const [name, value] of Object.entries(copy)) {
    if (!HEADER_NAME.test(name)) throw new ValidationError('headers', `has ${show(name)}, which is no name of a header`)
    if (typeof value !== 'string') throwInvalid(`headers.${name}`, 'text', value)
  }
  return copy
}

/** Also of another realm: jest runs tests in one of their own. */
function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
}
