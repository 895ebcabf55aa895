import { describe, expect, it } from 'vitest'
import { decideToken } from '../../../src/auth/decide-token.ts'
import { decideRetry } from '../../../src/delivery/retry.ts'
import { DeliveryError } from '../../../src/errors.ts'
import { NO_RETRIES } from '../../../src/http/back-off.ts'
import type { ExchangeResult } from '../../../src/http/exchange.ts'

const redact = (text: string) => text

const NOW_MS = Date.parse('2026-01-31T12:00:00Z')

function respond(status: number, body: unknown = '', headers: Record<string, string> = {}): ExchangeResult {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'response', status, statusText: 'Because', headers, body: text }
}

function decide(result: ExchangeResult, madeAtMs = NOW_MS) {
  return decideToken({ result, tokenUrl: 'https://oauth2.segment.io/token', madeAtMs, nowMs: NOW_MS, redact })
}

describe('an answer of the token server', () => {
  const date = new Date(NOW_MS).toUTCString()
  const expired = { error: 'invalid_client', error_description: 'token is expired' }

  it('with a token keeps it for its lifetime, counted from the answer', () => {
    const token = { value: 'abc', issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + 60_000 }
    expect(decide(respond(200, { access_token: 'abc', expires_in: 60 }))).toEqual({ kind: 'token', token })
  })

  it.each([400, 401, 415])('of %i is final, and the reason quotes the body', (status) => {
    const body = { error: 'invalid_client', error_description: 'no such kid', access_token: 'hidden' }
    const decision = decide(respond(status, body, { date }))
    const message = `no access token: https://oauth2.segment.io/token responded [${status}] Because: invalid_client: no such kid`
    expect(decision).toMatchObject({ kind: 'failed', reason: { code: 'ERR_TOKEN', status, message } })
  })

  it.each([
    ['the server says so', { date }, expired, NOW_MS, 'clock'],
    ['its Date says so: we are late', { date }, {}, NOW_MS - 600_000, 'clock'],
    ['its Date says so: we are early', { date }, {}, NOW_MS + 600_000, 'clock'],
    ['there is no Date to go by', {}, expired, NOW_MS - 600_000, 'failed'],
    ['the time is right, and nobody says otherwise', { date }, {}, NOW_MS - 30_000, 'failed'],
  ] as const)('of 400, if %s, blames the clock only if it is wrong', (_, headers, body, madeAtMs, kind) => {
    expect(decide(respond(400, body, { ...headers }), madeAtMs).kind).toBe(kind)
  })

  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [429, { 'x-ratelimit-reset': '8' }, 8_000],
    [429, {}, undefined],
    [503, { 'retry-after': '2' }, 2_000],
    [500, {}, undefined],
    [404, {}, undefined],
    [200, {}, undefined],
  ])('of %i with %o is retried', (status, headers, retryAfterMs) => {
    expect(decide(respond(status, 'no token', headers))).toMatchObject({
      kind: 'retry',
      retryAfterMs,
      reason: { status },
    })
  })

  it('that never comes is retried, and its cause is reported', () => {
    const cause = new DeliveryError('ERR_NETWORK', 'the request failed')
    expect(decide({ kind: 'error', reason: cause })).toMatchObject({
      kind: 'retry',
      reason: { code: 'ERR_TOKEN', cause },
    })
  })
})

describe('an answer of the Tracking API', () => {
  const limits = {
    maxRetries: 0,
    minRetryDelayMs: 100,
    maxRetryDelayMs: 1_000,
    maxTotalBackoffMs: 60_000,
    maxRateLimitMs: 60_000,
  }
  const decideBatch = (status: number, canRenewToken: boolean) =>
    decideRetry({
      result: respond(status),
      url: 'https://api.segment.io/v1/batch',
      history: NO_RETRIES,
      limits,
      nowMs: 0,
      deadlineMs: 1_000,
      canRenewToken,
      random: 0,
      redact,
    }).kind

  it.each([400, 401, 403, 404, 413, 511])(
    '%i: the token is renewed once, then the batch fails or is split',
    (status) => {
      const last = status === 400 || status === 413 ? 'split' : 'failed'
      expect([true, false].map((can) => decideBatch(status, can))).toEqual(['renew-token', last])
    },
  )

  it.each([200, 408, 429, 500, 503])('of %i never renews the token', (status) => {
    expect(decideBatch(status, true)).toBe(decideBatch(status, false))
  })
})
