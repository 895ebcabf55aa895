import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatToken, parseToken, parseTokenResponse } from '../../../src/auth/access-token.ts'
import { TokenValues } from '../../../src/auth/token-values.ts'
import { DeliveryError } from '../../../src/errors.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.parse('2026-01-31T12:00:00Z')

let values: TokenValues

function createToken(value: string, lifeMs = HOUR_MS) {
  const issuedAtMs = values.serverNowMs
  return { value, issuedAtMs, expiresAtMs: issuedAtMs + lifeMs }
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS })
  values = new TokenValues()
})
afterEach(() => vi.useRealTimers())

describe('a token', () => {
  it('is available until it expires, to the millisecond', () => {
    values.keep(createToken('a'), values.beginAttempt(), 0)
    vi.setSystemTime(START_MS + HOUR_MS - 1)
    expect(values.token?.value).toBe('a')
    vi.setSystemTime(START_MS + HOUR_MS)
    expect(values.token).toBeUndefined()
  })

  it('of an earlier attempt never replaces that of a later one', () => {
    const [first, second] = [values.beginAttempt(), values.beginAttempt()]
    values.keep(createToken('newer'), second, 0)
    expect(values.keep(createToken('older'), first, 0).value).toBe('newer')
    expect(values.token?.value).toBe('newer')
  })

  it('that arrives late is used if the newer one has been dropped', () => {
    const [first, second] = [values.beginAttempt(), values.beginAttempt()]
    values.keep(createToken('newer'), second, 0)
    values.drop('newer')
    expect(values.keep(createToken('older'), first, 0).value).toBe('older')
    expect(values.token).toBeUndefined()
  })

  it('is dropped only if it is still the current one', () => {
    values.keep(createToken('a'), values.beginAttempt(), 0)
    values.drop('another')
    expect([values.token?.value, values.acceptsShared]).toEqual(['a', true])
    values.drop('a')
    expect([values.token, values.acceptsShared]).toEqual([undefined, false])
    values.keep(createToken('b'), values.beginAttempt(), 0)
    expect([values.token?.value, values.acceptsShared]).toEqual(['b', true])
  })
})

describe('a refresh', () => {
  it.each([
    { spread: 0, random: 0.99, dueMs: HOUR_MS / 2 },
    { spread: 0.25, random: 0, dueMs: HOUR_MS / 2 },
    { spread: 0.25, random: 0.5, dueMs: HOUR_MS * 0.625 },
  ])('is due $dueMs ms into an hour with a spread of $spread', ({ spread, random, dueMs }) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const token = values.keep(createToken('a'), values.beginAttempt(), spread)
    vi.setSystemTime(START_MS + dueMs - 1)
    expect(values.claimRefresh(token)).toBe(false)
    vi.setSystemTime(START_MS + dueMs)
    expect(values.claimRefresh(token)).toBe(true)
    vi.restoreAllMocks()
  })

  it('is done by one caller, and retried later if it yields no token', () => {
    const token = values.keep(createToken('a'), values.beginAttempt(), 0)
    vi.setSystemTime(START_MS + HOUR_MS / 2)
    expect([values.claimRefresh(token), values.claimRefresh(token)]).toEqual([true, false])
    vi.setSystemTime(START_MS + HOUR_MS / 2 + 29_999)
    expect(values.claimRefresh(token)).toBe(false)
    vi.setSystemTime(START_MS + HOUR_MS / 2 + 30_000)
    expect(values.claimRefresh(token)).toBe(true)
  })
})

describe('the clock', () => {
  it.each([-600_000, 600_000])("follows the server's clock, %i ms away", (skewMs) => {
    values.correctClock(new Date(START_MS + skewMs).toUTCString())
    expect(values.serverNowMs).toBe(START_MS + skewMs)
    // A life is as long by either clock.
    values.keep(createToken('a'), values.beginAttempt(), 0)
    vi.setSystemTime(START_MS + HOUR_MS - 1)
    expect(values.token?.value).toBe('a')
    vi.setSystemTime(START_MS + HOUR_MS)
    expect(values.token).toBeUndefined()
  })

  it.each([undefined, '', 'yesterday'])('ignores the Date %o', (date) => {
    values.correctClock(date)
    expect(values.serverNowMs).toBe(START_MS)
  })
})

it('keeps the longest pause that the server requested, whatever the wall clock shows', () => {
  const reason = new DeliveryError('ERR_TOKEN', 'no access token: busy')
  values.pause(5_000, reason)
  values.pause(1_000, reason)
  expect(values.pauseReason).toBe(reason)
  expect(values.pauseMs).toBe(5_000)
  vi.setSystemTime(START_MS + 60_000)
  expect(values.pauseMs).toBe(5_000)
  vi.advanceTimersByTime(5_000)
  expect(values.pauseMs).toBe(0)
})

describe('the answer of a token server', () => {
  it('yields its token', () => {
    const body = JSON.stringify({ access_token: 'a.b-c_d~e+f/g==', token_type: 'Bearer', expires_in: 60 })
    const token = { value: 'a.b-c_d~e+f/g==', issuedAtMs: 5, expiresAtMs: 60_005 }
    expect(parseTokenResponse(body, 5)).toEqual(token)
    expect(parseToken(formatToken(token))).toEqual(token)
  })

  it.each([
    ['invalid JSON', '<html>'],
    ['no object', '"token"'],
    ['no token', '{"expires_in":60}'],
    ['an empty token', '{"access_token":"","expires_in":60}'],
    ['a token that would be more than one header', '{"access_token":"a\\r\\nX-Evil: 1","expires_in":60}'],
    ['no lifetime', '{"access_token":"a"}'],
    ['a lifetime of zero', '{"access_token":"a","expires_in":0}'],
    ['a lifetime that is not a number', '{"access_token":"a","expires_in":"soon"}'],
  ])('with %s yields none', (_, body) => expect(parseTokenResponse(body, 5)).toBeUndefined())
})
