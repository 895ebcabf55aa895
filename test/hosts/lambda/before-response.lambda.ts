import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { Run } from './harness/environment.ts'
import { answeredAtMs, countIn, setStage } from './harness/function-stage.ts'

const stage = setStage()
const { start, expectInTime, arrivals } = stage

const ids = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}-${index}`)

describe('100 invocations, each followed by a freeze', () => {
  test('deliver every event once, before the freeze, with the wrapper', async () => {
    await stage.collector.fail({ delayMs: 20 })
    const environment = await start('before.handler')
    const messages: [string, Run][] = []
    for (const id of ids(100, 'wrapped')) {
      const run = await environment.run({ id })
      expect(run.outcome).toMatchObject({ kind: 'response', body: JSON.stringify({ id }) })
      messages.push([id, run])
      await vi.waitFor(() => expect(environment.isFrozen()).toBe(true))
    }
    await environment.stop()
    await expectInTime(messages)
  })

  test('lose events without it if the calls are not awaited', async () => {
    await stage.collector.fail({ delayMs: 20 })
    const environment = await start('bare.track')
    const runs = new Map<string, Run>()
    for (const id of ids(100, 'bare')) runs.set(id, await environment.run({ id }))
    await environment.stop()
    const received = await arrivals()
    const inTime = [...received].filter(([id, row]) => Date.parse(row.receivedAt) <= (runs.get(id)?.frozenAtMs ?? 0))
    expect(received.size).toBeLessThan(100)
    expect(inTime.length).toBeLessThan(20)
  })

  test('lose every unawaited event in an environment that serves one invocation', async () => {
    const environment = await start('bare.track')
    await environment.run({ id: 'lost' })
    await environment.stop()
    expect((await arrivals()).size).toBe(0)
  })
})

test('parallel environments do not affect each other', async () => {
  await stage.collector.fail({ delayMs: 50 })
  const environments = await Promise.all(ids(4, 'environment').map(() => start('before.handler')))
  const messages = await Promise.all(
    environments.map(async (environment, number) => {
      const own: [string, Run][] = []
      for (const id of ids(10, `side-${number}`)) own.push([id, await environment.run({ id })])
      return own
    }),
  )
  await Promise.all(environments.map((environment) => environment.stop()))
  await expectInTime(messages.flat())
})

describe('the handler stays unchanged', () => {
  test('may return a value, and the wrapper is not mistaken for a callback handler', async () => {
    const environment = await start('before.value')
    const run = await environment.run({ id: 'value' })
    expect(run.outcome).toMatchObject({ kind: 'response', body: '{"id":"value","length":2}' })
    await expectInTime([['value', run]])
  })

  test('reports its error as without the wrapper, and its events arrive', async () => {
    const environment = await start('before.handler')
    const run = await environment.run({ id: 'thrown', fail: 'the handler fell' })
    expect(run.outcome).toEqual({ kind: 'error', type: 'RangeError', message: 'the handler fell' })
    await expectInTime([['thrown', run]])
  })

  test('throws the same error object', async () => {
    const environment = await start('before.sameError')
    const run = await environment.run({ id: 'same' })
    expect(run.outcome).toMatchObject({ kind: 'response', body: '{"isSame":true}' })
    await expectInTime([['same', run]])
  })

  test('may return the Outcome of a delivery, which is plain data', async () => {
    const environment = await start('before.outcome')
    const run = await environment.run({ id: 'returned' })
    const body = JSON.stringify({ messageId: 'returned', status: 'delivered', attempts: 1 })
    expect(run.outcome).toMatchObject({ kind: 'response', body })
    await expectInTime([['returned', run]])
  })

  test('the events of one invocation share a request that is answered before the result is returned', async () => {
    await stage.collector.fail({ delayMs: 300 })
    const environment = await start('before.handler')
    const run = await environment.run({ id: 'many', count: 10 })
    const [request, ...others] = await stage.collector.requests()
    expect(others).toEqual([])
    expect(request?.eventCount).toBe(10)
    expect(request && answeredAtMs(request)).toBeLessThanOrEqual(run.answeredAtMs)
    await expectInTime(ids(10, 'many').map((id) => [id, run]))
  })
})

describe('warm starts', () => {
  test('also flush calls on the client itself', async () => {
    const environment = await start('before.byClient')
    const run = await environment.run({ id: 'by-client' })
    await expectInTime([['by-client', run]])
  })

  test('send events tracked after an invocation with the next one', async () => {
    const environment = await start('before.late')
    await environment.run({ id: 'first' })
    expect([...(await arrivals()).keys()]).toEqual(['first-in-time'])
    await vi.waitFor(async () => {
      const run = await environment.run({ id: `next-${Date.now()}` })
      const late = (await arrivals()).get('first-late')
      expect(Date.parse(late?.receivedAt ?? '')).toBeLessThanOrEqual(run.frozenAtMs)
    }, 20_000)
  })

  test("remember a pause requested by the server, without sleeping at the user's expense", async () => {
    await stage.collector.fail({ retryAfter: 200, times: 1 })
    const environment = await start('before.handler')
    for (const id of ['limited', 'warm']) {
      const { outcome, billedMs } = await environment.run({ id })
      expect(outcome.kind).toBe('response')
      expect(billedMs).toBeLessThan(10_000)
    }
    // The second invocation knows without asking, though the server would take its event.
    expect(await stage.collector.requests()).toHaveLength(1)
    expect(countIn(environment.logs(), 'FAILED')).toBe(2)
  })
})

describe('running out of time', () => {
  test('kills a handler at its timeout, but its events have arrived', async () => {
    const environment = await start('before.handler', { timeoutMs: 3_000 })
    const run = await environment.run({ id: 'hung', hang: true })
    expect(run.outcome).toEqual({ kind: 'timeout' })
    await expectInTime([['hung', run]])
  })

  test('stops a flush in time for the result, whatever its own timeout', async () => {
    await stage.collector.fail({ hang: true })
    const environment = await start('before.patient', { timeoutMs: 4_000 })
    const { outcome } = await environment.run({ id: 'slow' })
    expect(outcome).toMatchObject({ kind: 'response', body: '{"id":"slow"}' })
    await vi.waitFor(() => expect(environment.logs()).toContain('FAILED ERR_DEADLINE'))
  })

  test('fails events at once if no time is left, before the process is killed', async () => {
    await stage.collector.fail({ hang: true })
    const environment = await start('before.patient', { timeoutMs: 6_000 })
    const { outcome } = await environment.run({ id: 'nothing-left', takeMs: 5_600 })
    expect(outcome).toMatchObject({ kind: 'response', body: '{"id":"nothing-left"}' })
    await vi.waitFor(() => expect(environment.logs()).toContain('FAILED ERR_DEADLINE'))
  })
})

describe('an endpoint that is down', () => {
  test('and never answers delays the invocation by at most its budget of two seconds', async () => {
    await stage.collector.fail({ hang: true })
    const environment = await start('before.handler', { timeoutMs: 20_000 })
    const { outcome, latencyMs } = await environment.run({ id: 'unanswered' })
    expect(outcome.kind).toBe('response')
    expect(latencyMs).toBeGreaterThan(1_500)
    expect(latencyMs).toBeLessThan(6_000)
    await vi.waitFor(() => expect(environment.logs()).toContain('FAILED ERR_DEADLINE'))
  })

  test('for one second still receives the event', async () => {
    await stage.collector.fail({ status: 503 })
    const environment = await start('before.handler', { timeoutMs: 20_000 })
    const running = environment.run({ id: 'outage' })
    await vi.waitFor(async () => expect(await stage.collector.requests()).not.toEqual([]), 20_000)
    await sleep(1_000)
    await stage.collector.clear()
    const run = await running
    expect(run.latencyMs).toBeLessThan(6_000)
    await expectInTime([['outage', run]])
    expect(environment.logs()).toBe('')
  })

  test('and refuses connections is retried for at most the budget of two seconds', async () => {
    const environment = await start('before.handler', { env: { SEGMENT_HOST: await closedUrl() }, timeoutMs: 20_000 })
    const { outcome, latencyMs } = await environment.run({ id: 'refused' })
    expect(outcome.kind).toBe('response')
    expect(latencyMs).toBeLessThan(6_000)
    await vi.waitFor(() => expect(environment.logs()).toMatch(/FAILED ERR_(NETWORK|DEADLINE)/))
  })
})

/** A port on which nothing listens any more. */
async function closedUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return `http://127.0.0.1:${address.port}`
}
