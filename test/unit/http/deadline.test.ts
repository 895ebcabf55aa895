import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadline } from '../../../src/http/deadline.ts'
import { type ExchangeResult, exchange, type ReceivedResponse } from '../../../src/http/exchange.ts'
import type { HTTPClient, HTTPResponse } from '../../../src/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Where a promise has got to, without waiting for it. */
function watch<T>(promise: T | Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined }
  void Promise.resolve(promise).then((value) => {
    seen.value = value
  })
  return seen
}

/** A pause that the server asked for. */
function pause(deadline: Deadline, delayMs: number): boolean | Promise<boolean> {
  return deadline.sleep({ delayMs, isFixed: true })
}

/** A pause of our own. */
function backOff(deadline: Deadline, delayMs: number): boolean | Promise<boolean> {
  return deadline.sleep({ delayMs, isFixed: false })
}

describe('a deadline', () => {
  it('starts unlimited', () => {
    const deadline = new Deadline()
    expect(deadline.atMs).toBe(Infinity)
    expect(pause(deadline, 0)).toBe(true)
  })

  it('can be brought forward, never postponed', () => {
    const deadline = new Deadline()
    deadline.tighten(2000)
    deadline.tighten(3000)
    expect(deadline.atMs).toBe(2000)
    deadline.tighten(1000)
    expect(deadline.atMs).toBe(1000)
  })
})

describe('a pause', () => {
  it('lasts exactly as long as requested, and returns true', async () => {
    const rested = watch(pause(new Deadline(), 500))
    await vi.advanceTimersByTimeAsync(499)
    expect(rested.value).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(rested.value).toBe(true)
  })

  it('is cancelled when the deadline expires, and leaves no timer', async () => {
    const deadline = new Deadline()
    const rested = watch(pause(deadline, 500))
    expect(vi.getTimerCount()).toBe(1)
    deadline.expire()
    await vi.advanceTimersByTimeAsync(0)
    expect(rested.value).toBe(false)
    expect(pause(deadline, 0)).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of no time does not wait', () => {
    expect(pause(new Deadline(), 0)).toBe(true)
    expect(pause(new Deadline(), -1)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that the server asked for is skipped if the deadline would come first', async () => {
    const deadline = new Deadline()
    deadline.tighten(performance.now() + 500)
    expect(await pause(deadline, 500)).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of our own ends half a second before the deadline', async () => {
    const deadline = new Deadline()
    deadline.tighten(performance.now() + 2_000)
    const rested = watch(backOff(deadline, 6_000))
    await vi.advanceTimersByTimeAsync(1_499)
    expect(rested.value).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(rested.value).toBe(true)
  })

  it('of our own is cut short when the deadline moves forward', async () => {
    const deadline = new Deadline()
    const rested = watch(backOff(deadline, 6_000))
    await vi.advanceTimersByTimeAsync(1_000)
    deadline.tighten(performance.now() + 400)
    await vi.advanceTimersByTimeAsync(199)
    expect(rested.value).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(rested.value).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is unaffected by jumps of the wall clock', async () => {
    const deadline = new Deadline()
    deadline.tighten(performance.now() + 2_000)
    const rested = watch(pause(deadline, 500))
    vi.setSystemTime(Date.now() + 3_600_000)
    await vi.advanceTimersByTimeAsync(499)
    expect(rested.value).toBeUndefined()
    vi.setSystemTime(Date.now() - 7_200_000)
    await vi.advanceTimersByTimeAsync(1)
    expect(rested.value).toBe(true)
  })

  it('does not start after the deadline', () => {
    const deadline = new Deadline()
    deadline.expire()
    expect(pause(deadline, 500)).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is cancelled at once when the deadline moves before its end', async () => {
    const deadline = new Deadline()
    const rested = watch(pause(deadline, 500))
    deadline.tighten(performance.now() + 499)
    await vi.advanceTimersByTimeAsync(0)
    expect(rested.value).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('continues when the deadline moves to a time after its end', async () => {
    const deadline = new Deadline()
    const rested = watch(pause(deadline, 500))
    deadline.tighten(performance.now() + 501)
    await vi.advanceTimersByTimeAsync(0)
    expect(rested.value).toBeUndefined()
    await vi.advanceTimersByTimeAsync(500)
    expect(rested.value).toBe(true)
  })

  it('ends only once', async () => {
    const deadline = new Deadline()
    const first = watch(pause(deadline, 100))
    await vi.advanceTimersByTimeAsync(100)
    const second = watch(pause(deadline, 100))
    deadline.tighten(performance.now() + 150)
    await vi.advanceTimersByTimeAsync(100)
    expect([first.value, second.value]).toEqual([true, true])
  })
})

describe('a request', () => {
  const REQUEST = { url: 'http://unused.test', method: 'POST' as const, headers: {}, body: '' }
  let heads: ReceivedResponse[]
  beforeEach(() => {
    heads = []
  })
  let answerLate: (response: HTTPResponse) => void
  let isAborted: () => boolean

  /** Answers when the test says so, and ignores the signal. */
  const client: HTTPClient = {
    makeRequest: ({ signal }) => {
      isAborted = () => signal.aborted
      return new Promise((resolve) => {
        answerLate = resolve
      })
    },
  }
  const request = (deadline: Deadline, httpRequestTimeout = 1000): Promise<ExchangeResult> =>
    exchange(
      client,
      { ...REQUEST, httpRequestTimeout },
      deadline,
      (text) => text,
      (head) => void heads.push(head),
    )

  it('is aborted at httpRequestTimeout, to the millisecond, even if the client ignores its signal', async () => {
    const answer = watch(request(new Deadline()))
    await vi.advanceTimersByTimeAsync(999)
    expect(answer.value).toBeUndefined()
    expect(isAborted()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(answer.value).toMatchObject({ kind: 'error', reason: { code: 'ERR_TIMEOUT' } })
    expect(isAborted()).toBe(true)
  })

  it('ends and is aborted when the deadline expires', async () => {
    const deadline = new Deadline()
    const answer = watch(request(deadline))
    deadline.expire()
    await vi.advanceTimersByTimeAsync(0)
    expect(answer.value).toMatchObject({ kind: 'error', reason: { code: 'ERR_DEADLINE' } })
    expect(isAborted()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer and no deadline listener once it is answered', async () => {
    const deadline = new Deadline()
    const onExpire = vi.spyOn(deadline, 'onExpire')
    const answer = watch(request(deadline))
    answerLate({ status: 200, statusText: 'OK' })
    await vi.advanceTimersByTimeAsync(0)
    expect(answer.value).toMatchObject({ kind: 'response', status: 200 })
    expect(vi.getTimerCount()).toBe(0)
    expect(onExpire).toHaveBeenLastCalledWith(undefined)
  })

  it('reports the head once, before the body arrives', async () => {
    let endBody: (body: string) => void = () => {}
    const answer = watch(request(new Deadline()))
    const text = () => new Promise<string>((resolve) => (endBody = resolve))
    answerLate({ status: 503, statusText: 'Busy', headers: { 'X-A': 1 }, text })
    await vi.advanceTimersByTimeAsync(500)
    const head = { kind: 'response', status: 503, statusText: 'Busy', headers: { 'x-a': '1' } }
    expect(heads).toMatchObject([head])
    expect(answer.value).toBeUndefined()
    endBody('{}')
    await vi.advanceTimersByTimeAsync(0)
    expect(answer.value).toMatchObject({ ...head, body: '{}' })
    expect(heads).toHaveLength(1)
  })

  it.each<[string, (deadline: Deadline) => unknown]>([
    ['its timeout', () => vi.advanceTimersByTimeAsync(1000)],
    ['the deadline', (deadline) => deadline.expire()],
  ])('reports no head after %s', async (_, end) => {
    const deadline = new Deadline()
    const answer = watch(request(deadline))
    await end(deadline)
    answerLate({ status: 200, statusText: 'OK' })
    await vi.advanceTimersByTimeAsync(0)
    expect(heads).toEqual([])
    expect(answer.value).toMatchObject({ kind: 'error' })
  })

  it('keeps its status if the body does not arrive in time', async () => {
    const answer = watch(request(new Deadline()))
    answerLate({ status: 503, statusText: 'Busy', text: () => new Promise(() => {}) })
    await vi.advanceTimersByTimeAsync(1000)
    expect(answer.value).toMatchObject({ kind: 'response', status: 503, body: '' })
  })

  it('answered after its timeout does not stop the deadline from ending the next pause', async () => {
    const deadline = new Deadline()
    const answer = request(deadline)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await answer).toMatchObject({ reason: { code: 'ERR_TIMEOUT' } })

    const rested = watch(pause(deadline, 60_000))
    answerLate({ status: 200, statusText: 'OK' })
    await vi.advanceTimersByTimeAsync(0)
    deadline.expire()
    await vi.advanceTimersByTimeAsync(0)
    expect(rested.value).toBe(false)
  })
})
