import { describe, expect, it } from 'vitest'
import { decideRetry, type RetryDecision, type RetryState } from '../../src/delivery/retry.ts'
import type { Answer } from '../../src/http/exchange.ts'
import { parseRetryAfterMs } from '../../src/http/retry-after.ts'
import { DeliveryError } from '../../src/index.ts'

const NOW_MS = Date.parse('2026-01-02T03:04:05.000Z')

function respond(status: number, headers: Record<string, string> = {}, statusText = 'Text'): Answer {
  return { kind: 'response', status, statusText, headers, body: '' }
}

function decide(answer: Answer, changes: Partial<RetryState> = {}): RetryDecision {
  const state = {
    eventCount: 1,
    attempt: 1,
    countedRetries: 0,
    maxRetries: 3,
    minRetryDelayMs: 100,
    maxRetryDelayMs: 30_000,
    nowMs: NOW_MS,
    deadlineMs: Infinity,
    random: 0.5,
  }
  return decideRetry({ answer, ...state, ...changes })
}

function delayOf(answer: Answer, changes: Partial<RetryState> = {}): number {
  const decision = decide(answer, changes)
  if (decision.kind !== 'retry') throw new Error(`${decision.kind}, no retry`)
  return decision.delayMs
}

describe('an answer', () => {
  it.each([200, 201, 202, 204, 299])('%i is delivered', (status) => {
    expect(decide(respond(status))).toEqual({ kind: 'delivered' })
    expect(decide(respond(status, { 'retry-after': '9' }), { maxRetries: 0 })).toEqual({ kind: 'delivered' })
  })

  it.each([408, 410, 429, 460, 500, 502, 503, 504, 506, 507, 508, 520, 522, 524, 599])(
    '%i is tried again',
    (status) => {
      const decision = decide(respond(status))
      expect(decision).toMatchObject({ kind: 'retry', askedMs: undefined })
      expect(decision).toMatchObject({ reason: { code: 'ERR_HTTP_STATUS', status, message: `[${status}] Text` } })
    },
  )

  it.each([100, 199, 400, 401, 403, 404, 405, 409, 411, 413, 414, 415, 422, 431, 451, 461, 499, 501, 505, 511])(
    '%i fails at once, with the status as its reason',
    (status) => {
      const decision = decide(respond(status, { 'retry-after': '1' }))
      if (decision.kind !== 'failed') throw new Error(decision.kind)
      expect(decision.reason).toBeInstanceOf(DeliveryError)
      expect(decision.reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status, message: `[${status}] Text` })
    },
  )

  it.each([300, 301, 302, 303, 304, 307, 308])('%i fails and names the location', (status) => {
    const decision = decide(respond(status, { location: 'https://elsewhere.test/v1' }))
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_HTTP_STATUS', status } })
    expect(decision).toHaveProperty(
      'reason.message',
      expect.stringMatching(/^\[3\d\d\] Text .*https:\/\/elsewhere\.test\/v1/),
    )
  })

  it.each([400, 413])('%i for a batch of several events splits it, however many retries there were', (status) => {
    const decision = decide(respond(status), { eventCount: 2, countedRetries: 3, maxRetries: 3 })
    expect(decision).toMatchObject({ kind: 'split', reason: { code: 'ERR_HTTP_STATUS', status } })
    expect(decide(respond(status), { eventCount: 1 })).toMatchObject({ kind: 'failed', reason: { status } })
  })

  it.each([302, 401, 403, 404, 411, 414, 422, 501])('%i fails a batch of several events as a whole', (status) => {
    expect(decide(respond(status), { eventCount: 2 })).toMatchObject({ kind: 'failed', reason: { status } })
  })

  it('that is an error is tried again, and is the reason in the end', () => {
    const reason = new DeliveryError('ERR_NETWORK', 'gone')
    expect(decide({ kind: 'error', reason })).toMatchObject({ kind: 'retry', reason, askedMs: undefined })
    expect(decide({ kind: 'error', reason }, { countedRetries: 3 })).toEqual({ kind: 'failed', reason })
  })
})

describe('maxRetries', () => {
  it.each([0, 1, 3, 100])('%i allows that many retries and not one more', (maxRetries) => {
    if (maxRetries > 0) {
      expect(decide(respond(500), { maxRetries, countedRetries: maxRetries - 1 })).toMatchObject({ kind: 'retry' })
    }
    const last = decide(respond(500), { maxRetries, countedRetries: maxRetries })
    expect(last).toMatchObject({ kind: 'failed', reason: { code: 'ERR_HTTP_STATUS', status: 500 } })
  })

  it('is not used up by a pause that the server asked for', () => {
    const decision = decide(respond(429, { 'retry-after': '2' }), { countedRetries: 3, maxRetries: 3 })
    expect(decision).toMatchObject({ kind: 'retry', askedMs: 2000 })
  })

  it('is not used up where the server asks to come back at once, either', () => {
    const decision = decide(respond(429, { 'retry-after': '0' }), { countedRetries: 3, maxRetries: 3 })
    expect(decision).toMatchObject({ kind: 'retry', askedMs: 0 })
  })
})

describe('back-off', () => {
  it('has full jitter: anything from 0 to twice as much as the time before, starting at 100 ms', () => {
    for (const [index, ceilingMs] of [100, 200, 400, 800, 1600].entries()) {
      const attempt = index + 1
      expect(delayOf(respond(500), { attempt, random: 0 })).toBe(0)
      expect(delayOf(respond(500), { attempt, random: 0.25 })).toBe(ceilingMs / 4)
      expect(delayOf(respond(500), { attempt, random: 1 })).toBe(ceilingMs)
    }
  })

  it('stops growing at 30 s, however many retries there are', () => {
    for (const attempt of [10, 20, 101, 5000]) {
      expect(delayOf(respond(500), { attempt, random: 1 })).toBe(30_000)
    }
  })

  it('begins and ends where the settings say', () => {
    const settings = { minRetryDelayMs: 7, maxRetryDelayMs: 20, random: 1 }
    const delays = [1, 2, 3, 4].map((attempt) => delayOf(respond(500), { ...settings, attempt }))
    expect(delays).toEqual([7, 14, 20, 20])
  })

  it('grows with every attempt, also where the server asks to come back at once', () => {
    const answer = respond(503, { 'retry-after': '0' })
    const delays = [1, 2, 3, 20].map((attempt) => delayOf(answer, { attempt, random: 1 }))
    expect(delays).toEqual([100, 200, 400, 30_000])
  })

  it('has the pause that the server asks for as its floor', () => {
    expect(delayOf(respond(429, { 'retry-after': '7' }), { random: 0 })).toBe(7000)
    expect(delayOf(respond(503, { 'retry-after': '7' }), { attempt: 20, random: 1 })).toBe(30_000)
  })
})

describe('the deadline', () => {
  it('allows a pause that ends before it', () => {
    expect(decide(respond(429, { 'retry-after': '2' }), { deadlineMs: NOW_MS + 2001 })).toMatchObject({ kind: 'retry' })
  })

  it.each<[string, Answer]>([
    ['a pause that the server asks for', respond(429, { 'retry-after': '2' })],
    ['a date that the server names', respond(503, { 'retry-after': 'Fri, 02 Jan 2026 03:04:07 GMT' })],
  ])('ends the batch where %s would reach it; the cause is the answer', (_, answer) => {
    const decision = decide(answer, { deadlineMs: NOW_MS + 2000 })
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE' } })
    expect(decision).toHaveProperty('reason.cause.code', 'ERR_HTTP_STATUS')
  })

  it('ends the batch where the back-off would reach it', () => {
    const decision = decide(respond(500), { deadlineMs: NOW_MS + 50, random: 0.5 })
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE', cause: { status: 500 } } })
    expect(decide(respond(500), { deadlineMs: NOW_MS + 51, random: 0.5 })).toMatchObject({ kind: 'retry', delayMs: 50 })
  })

  it('does not take away what arrived: a 200 after it is delivered', () => {
    expect(decide(respond(200), { deadlineMs: NOW_MS - 1 })).toEqual({ kind: 'delivered' })
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
    ['X-RateLimit-Reset where Retry-After is no use', { 'x-ratelimit-reset': '3', 'retry-after': 'soon' }, 3000],
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
