import { describe, expect, it } from 'vitest'
import {
  decideRetry,
  isSuccess,
  type RetryDecision,
  type RetryState,
  readRateLimitMs,
} from '../../../src/delivery/retry.ts'
import { NO_RETRIES, type Pause, type RetryHistory, type RetryLimits } from '../../../src/http/back-off.ts'
import type { ExchangeResult } from '../../../src/http/exchange.ts'
import { parseRetryAfterMs } from '../../../src/http/retry-after.ts'
import { DeliveryError } from '../../../src/index.ts'

const NOW_MS = Date.parse('2026-01-02T03:04:05.000Z')

function respond(status: number, headers: Record<string, string> = {}, statusText = 'Text'): ExchangeResult {
  return { kind: 'response', status, statusText, headers, body: '' }
}

const LIMITS = {
  maxRetries: 3,
  minRetryDelayMs: 100,
  maxRetryDelayMs: 30_000,
  maxTotalBackoffMs: 43_200_000,
  maxRateLimitMs: 43_200_000,
}

type Changes = Partial<Omit<RetryState, 'limits' | 'history'>> & {
  limits?: Partial<RetryLimits>
  history?: Partial<RetryHistory>
}

function decide(result: ExchangeResult, { limits, history, ...changes }: Changes = {}): RetryDecision {
  return decideRetry({
    result,
    url: 'https://api.test/v1/batch',
    nowMs: 1_000,
    deadlineMs: Infinity,
    canRenewToken: false,
    random: 0.5,
    redact: (text) => text,
    history: { ...NO_RETRIES, ...history },
    limits: { ...LIMITS, ...limits },
    ...changes,
  })
}

function pauseOf(result: ExchangeResult, changes: Changes = {}): Pause {
  const decision = decide(result, changes)
  if (decision.kind !== 'retry') throw new Error(`${decision.kind}, no retry`)
  return decision.pause
}

const NO_RESPONSE: ExchangeResult = { kind: 'error', reason: new DeliveryError('ERR_NETWORK', 'gone') }

describe('an answer', () => {
  it.each([200, 201, 202, 204, 299])('of %i is delivered', (status) => {
    expect(decide(respond(status))).toEqual({ kind: 'delivered' })
    expect(decide(respond(status, { 'retry-after': '9' }), { limits: { maxRetries: 0 } })).toEqual({
      kind: 'delivered',
    })
  })

  it.each([408, 410, 429, 460, 500, 502, 503, 504, 506, 507, 508, 520, 522, 524, 599])('of %i is retried', (status) => {
    const decision = decide(respond(status))
    expect(decision).toMatchObject({ kind: 'retry', pause: { isFixed: false }, history: { retryCount: 1 } })
    expect(decision).toMatchObject({ reason: { code: 'ERR_HTTP_STATUS', status, message: `[${status}] Text` } })
  })

  it.each([401, 403, 405, 409, 411, 414, 415, 422, 431, 451, 461, 499, 501, 505, 511])(
    'of %i fails at once, with the status as its reason',
    (status) => {
      const decision = decide(respond(status, { 'retry-after': '1' }))
      if (decision.kind !== 'failed') throw new Error(decision.kind)
      expect(decision.reason).toBeInstanceOf(DeliveryError)
      expect(decision.reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status, message: `[${status}] Text` })
    },
  )

  it('of 404 fails at once and names the URL', () => {
    const message = "[404] Text (POST https://api.test/v1/batch: check the settings 'host' and 'path')"
    expect(decide(respond(404))).toMatchObject({ kind: 'failed', reason: { status: 404, message } })
  })

  it('keeps the start of the body, without secrets', () => {
    const answer: ExchangeResult = {
      kind: 'response',
      status: 400,
      statusText: 'Bad',
      headers: {},
      body: `key ${'x'.repeat(400)}`,
    }
    const decision = decide(answer, { redact: (text) => text.replace('key', '[redacted]') })
    expect(decision).toMatchObject({ kind: 'split', reason: { answer: `[redacted] ${'x'.repeat(289)}` } })
  })

  it.each([300, 301, 302, 303, 304, 307, 308])('of %i fails and names the location', (status) => {
    const decision = decide(respond(status, { location: 'https://elsewhere.test/v1' }))
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_HTTP_STATUS', status } })
    expect(decision).toHaveProperty(
      'reason.message',
      expect.stringMatching(/^\[3\d\d\] Text .*https:\/\/elsewhere\.test\/v1/),
    )
  })

  it.each<[number, Record<string, string>]>([
    [302, {}],
    [403, { location: 'https://elsewhere.test/v1' }],
    [400, { location: 'https://elsewhere.test/v1' }],
    [501, { location: 'https://elsewhere.test/v1' }],
  ])('of %i with %j redirects to nothing', (status, headers) => {
    expect(decide(respond(status, headers))).toHaveProperty('reason.message', `[${status}] Text`)
  })

  it.each([
    [401, 'renew-token'],
    [400, 'renew-token'],
    [499, 'renew-token'],
    [511, 'renew-token'],
    [302, 'failed'],
    [399, 'failed'],
    [501, 'failed'],
    [505, 'failed'],
    [429, 'retry'],
    [500, 'retry'],
  ])('of %i to a token: %s', (status, kind) => {
    expect(decide(respond(status), { canRenewToken: true })).toMatchObject({ kind })
  })

  it.each([
    [199, false],
    [200, true],
    [299, true],
    [300, false],
  ])('of %i is a success: %s', (status, isOne) => {
    expect(isSuccess(status)).toBe(isOne)
  })

  it.each([400, 413])('of %i splits a batch, however many retries there were', (status) => {
    const decision = decide(respond(status), { history: { retryCount: 3 } })
    expect(decision).toMatchObject({ kind: 'split', reason: { code: 'ERR_HTTP_STATUS', status } })
  })

  it.each([302, 401, 403, 404, 411, 414, 422, 501])('of %i fails a batch as a whole', (status) => {
    expect(decide(respond(status))).toMatchObject({ kind: 'failed', reason: { status } })
  })

  it('that is an error is retried, and is the final reason', () => {
    const { reason } = NO_RESPONSE as { reason: DeliveryError }
    expect(decide(NO_RESPONSE)).toMatchObject({ kind: 'retry', reason, pause: { isFixed: false } })
    expect(decide(NO_RESPONSE, { history: { retryCount: 3 } })).toEqual({ kind: 'failed', reason })
  })
})

describe('maxRetries', () => {
  it.each([0, 1, 3, 100])('of %i allows that many retries and no more', (maxRetries) => {
    const limits = { maxRetries }
    if (maxRetries > 0) {
      expect(decide(respond(500), { limits, history: { retryCount: maxRetries - 1 } })).toMatchObject({ kind: 'retry' })
    }
    const last = decide(respond(500), { limits, history: { retryCount: maxRetries } })
    expect(last).toMatchObject({ kind: 'failed', reason: { code: 'ERR_HTTP_STATUS', status: 500 } })
  })

  it.each(['0', '2'])('is not used up by a 429 with Retry-After: %s', (retryAfter) => {
    const decision = decide(respond(429, { 'retry-after': retryAfter }), { history: { retryCount: 3 } })
    expect(decision).toMatchObject({ kind: 'retry', history: { retryCount: 3, limitedSinceMs: 1_000 } })
  })

  it.each([
    [408, { 'retry-after': '2' }],
    [503, { 'retry-after': '2' }],
    [429, {}],
  ])('is used up by a %i with %o', (status, headers) => {
    const answer = respond(status, headers as Record<string, string>)
    expect(decide(answer, { history: { retryCount: 2 } })).toMatchObject({ kind: 'retry', history: { retryCount: 3 } })
    expect(decide(answer, { history: { retryCount: 3 } })).toMatchObject({ kind: 'failed', reason: { status } })
  })
})

describe('back-off', () => {
  it('grows eightfold from 100 ms, and is never less than half its full length', () => {
    for (const [retryCount, ceilingMs] of [100, 800, 6_400].entries()) {
      const history = { retryCount }
      expect(pauseOf(respond(500), { history, random: 0 }).delayMs).toBe(ceilingMs / 2)
      expect(pauseOf(respond(500), { history, random: 0.5 }).delayMs).toBe(ceilingMs * 0.75)
      expect(pauseOf(respond(500), { history, random: 1 }).delayMs).toBe(ceilingMs)
    }
  })

  it('outlasts an outage of three seconds with three retries, the first of them early', () => {
    const pauses = [0, 1, 2].map((retryCount) => pauseOf(NO_RESPONSE, { history: { retryCount }, random: 0 }).delayMs)
    expect(pauses[0]).toBeLessThanOrEqual(100)
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(3_000)
  })

  it('stops growing at 30 s, however many retries there are', () => {
    for (const retryCount of [3, 10, 99]) {
      const changes = { limits: { maxRetries: 100 }, history: { retryCount }, random: 1 }
      expect(pauseOf(respond(500), changes).delayMs).toBe(30_000)
    }
  })

  it('starts and ends where the settings say', () => {
    const limits = { maxRetries: 4, minRetryDelayMs: 7, maxRetryDelayMs: 60 }
    const delays = [0, 1, 2, 3].map(
      (retryCount) => pauseOf(respond(500), { limits, history: { retryCount }, random: 1 }).delayMs,
    )
    expect(delays).toEqual([7, 56, 60, 60])
  })

  it('is the minimum if the server requests no pause, up to a second for a 429', () => {
    const wait = (status: number, retryCount: number) =>
      pauseOf(respond(status, { 'retry-after': '0' }), { history: { retryCount }, random: 1 }).delayMs
    expect([0, 1, 2].map((count) => wait(503, count))).toEqual([100, 800, 6_400])
    expect([0, 1, 2].map((count) => wait(429, count))).toEqual([100, 800, 1_000])
  })

  it('never falls below the pause that the server requests', () => {
    expect(pauseOf(respond(429, { 'retry-after': '7' }), { random: 0 })).toEqual({ delayMs: 7_000, isFixed: true })
    expect(pauseOf(respond(503, { 'retry-after': '7' }), { random: 0 })).toEqual({ delayMs: 7_000, isFixed: true })
    expect(pauseOf(respond(503, { 'retry-after': '2' }), { history: { retryCount: 2 }, random: 1 })).toEqual({
      delayMs: 6_400,
      isFixed: false,
    })
  })
})

describe('the time limit of a batch', () => {
  it('counts retries from its own first failure', () => {
    const limits = { maxTotalBackoffMs: 5_000 }
    expect(decide(respond(500), { limits, history: { failingSinceMs: -3_900 } })).toMatchObject({ kind: 'retry' })
    const last = decide(respond(500), { limits, history: { failingSinceMs: -4_000 } })
    expect(last).toMatchObject({ kind: 'failed', reason: { code: 'ERR_HTTP_STATUS', status: 500 } })
  })

  it('counts pauses for a 429 from its own first rejection', () => {
    const limits = { maxRateLimitMs: 5_000 }
    const answer = respond(429, { 'retry-after': '1' })
    expect(decide(answer, { limits })).toMatchObject({ kind: 'retry', history: { limitedSinceMs: 1_000 } })
    expect(decide(answer, { limits, history: { limitedSinceMs: -3_000 } })).toMatchObject({
      kind: 'retry',
      history: { limitedSinceMs: -3_000 },
    })
    const last = decide(answer, { limits, history: { limitedSinceMs: -3_001 } })
    expect(last).toMatchObject({ kind: 'failed', reason: { status: 429 } })
  })
})

describe('the pause for everyone', () => {
  it.each<[string, ExchangeResult, number | undefined]>([
    ['a 429 with Retry-After', respond(429, { 'retry-after': '2' }), 2_000],
    ['a 429 without', respond(429), undefined],
    ['a 503 with Retry-After', respond(503, { 'retry-after': '2' }), undefined],
    ['no response', NO_RESPONSE, undefined],
  ])('of %s', (_, result, wanted) => {
    expect(readRateLimitMs(result)).toBe(wanted)
  })
})

describe('the deadline', () => {
  it('allows a pause that ends before it', () => {
    expect(decide(respond(429, { 'retry-after': '2' }), { deadlineMs: 3_001 })).toMatchObject({ kind: 'retry' })
  })

  it.each([
    ['429, which holds everybody', 429],
    ['503, which holds the batch', 503],
  ])(
    'fails the batch if the server asks for a pause that reaches it, with the response as the cause: %s',
    (_, status) => {
      const decision = decide(respond(status, { 'retry-after': '2' }), { deadlineMs: 3_000 })
      const message = 'the pause before the next attempt would outlast the deadline of the flush'
      expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE', message, cause: { status } } })
    },
  )

  it('never fails a batch because of our own back-off: the last attempt comes half a second before it', () => {
    const history = { retryCount: 2 }
    const late = pauseOf(respond(500), { history, deadlineMs: 3_000 })
    expect(late).toEqual({ delayMs: 1_500, isFixed: false })
    // With less time left, half of it is for the response.
    expect(pauseOf(respond(500), { history, deadlineMs: 1_400 })).toEqual({ delayMs: 200, isFixed: false })
    // A pause that the server asked for is kept to all the same.
    const asked = respond(503, { 'retry-after': '1' })
    expect(pauseOf(asked, { history, deadlineMs: 3_000 })).toEqual({ delayMs: 1_500, isFixed: false })
  })

  it('fails the batch if too little time is left for another attempt', () => {
    const decision = decide(respond(500), { deadlineMs: 1_049, random: 1 })
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE', cause: { status: 500 } } })
    expect(decide(respond(500), { deadlineMs: 1_050, random: 1 })).toMatchObject({ kind: 'retry' })
  })

  it('does not undo a 200 that arrives after it', () => {
    expect(decide(respond(200), { deadlineMs: 999 })).toEqual({ kind: 'delivered' })
  })
})

describe('parseRetryAfterMs', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '5' }, 5000],
    ['zero', { 'retry-after': '0' }, 0],
    ['seconds amid blanks', { 'retry-after': ' 5 ' }, 5000],
    ['an HTTP date', { 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
    ['a date of RFC 850', { 'retry-after': 'Friday, 02-Jan-26 03:04:15 GMT' }, 10_000],
    ['a date in the past', { 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
    ['five minutes', { 'retry-after': '300' }, 300_000],
    ['more than five minutes', { 'retry-after': '301' }, 300_000],
    ['more seconds than a number holds', { 'retry-after': '9'.repeat(400) }, 300_000],
    ['a date in the far future', { 'retry-after': 'Fri, 02 Jan 2099 03:04:05 GMT' }, 300_000],
    ['X-RateLimit-Reset', { 'x-ratelimit-reset': '3' }, 3000],
    ['Retry-After rather than X-RateLimit-Reset', { 'x-ratelimit-reset': '3', 'retry-after': '8' }, 8000],
    ['X-RateLimit-Reset if Retry-After is no use', { 'x-ratelimit-reset': '3', 'retry-after': 'soon' }, 3000],
    ['no header', {}, undefined],
    ['an empty header', { 'retry-after': '' }, undefined],
    ['a word', { 'retry-after': 'soon' }, undefined],
    ['words with a number', { 'retry-after': 'in 5 minutes' }, undefined],
    ['negative seconds', { 'retry-after': '-5' }, undefined],
    ['a fraction', { 'retry-after': '1.5' }, undefined],
    ['seconds with a unit', { 'retry-after': '5 s' }, undefined],
  ])('%s: %j', (_, headers, waitMs) => {
    expect(parseRetryAfterMs(headers, NOW_MS)).toBe(waitMs)
  })
})
