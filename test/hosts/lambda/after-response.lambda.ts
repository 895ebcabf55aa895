import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import type { Run } from './harness/environment.ts'
import { answeredAtMs, countIn, setStage } from './harness/function-stage.ts'

const stage = setStage()
const { start, expectInTime } = stage

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const FALLBACK = "flush: 'after-response' needs the Extensions API"

/** Expects one request, answered at its moment; what an invocation has waited for was answered before. */
async function apiAnsweredAtMs(): Promise<number> {
  const [request, ...others] = await stage.collector.requests()
  if (!request) throw new Error('nothing arrived')
  expect(others).toEqual([])
  return answeredAtMs(request)
}

describe('the caller gets the response before a slow API has answered, and the freeze comes afterwards', () => {
  test.each([
    ['an ES module', 'after.handler', undefined],
    ['a CommonJS module', 'after-required.handler', undefined],
    ['an ES bundle', 'bundled-esm.handler', 'esm'],
    ['a CommonJS bundle', 'bundled-cjs.handler', 'cjs'],
  ] as const)('%s', async (_form, handler, format) => {
    if (format) await stage.taskRoot.bundle('after.mjs', `bundled-${format}`, format)
    await stage.collector.fail({ delayMs: 1_000 })
    const environment = await start(handler)
    expect(environment.extensionNames()).toEqual(['analytics-edge'])
    const run = await environment.run({ id: 'quick' })
    expect(run.outcome).toMatchObject({ kind: 'response', body: '{"id":"quick"}' })
    expect(await apiAnsweredAtMs()).toBeGreaterThan(run.answeredAtMs)
    expect(await apiAnsweredAtMs()).toBeLessThanOrEqual(run.frozenAtMs)
    await expectInTime([['quick', run]])
    expect(environment.logs()).toBe('')
  })
})

test('identify may take longer than the extension waits for a wrapper', async () => {
  await stage.collector.fail({ delayMs: 1_000 })
  const environment = await start('identified.handler')
  const run = await environment.run({ id: 'identified', identifyMs: 800 })
  expect(await apiAnsweredAtMs()).toBeGreaterThan(run.answeredAtMs)
  await expectInTime([['identified', run]])
})

test('100 invocations, each followed by a freeze: every event arrives once, before the freeze', async () => {
  await stage.collector.fail({ delayMs: 20 })
  const environment = await start('after.handler')
  const messages: [string, Run][] = []
  for (let index = 0; index < 100; index++) {
    const id = `after-${index}`
    messages.push([id, await environment.run({ id })])
    await vi.waitFor(() => expect(environment.isFrozen()).toBe(true))
  }
  await environment.stop()
  await expectInTime(messages)
})

test('parallel environments do not affect each other', async () => {
  await stage.collector.fail({ delayMs: 50 })
  const environments = await Promise.all(['a', 'b', 'c'].map(() => start('after.handler')))
  const messages = await Promise.all(
    environments.map(async (environment, number) => {
      const own: [string, Run][] = []
      for (let index = 0; index < 10; index++) {
        const id = `side-${number}-${index}`
        own.push([id, await environment.run({ id })])
      }
      return own
    }),
  )
  await expectInTime(messages.flat())
})

test('an invocation without events finishes at once', async () => {
  const environment = await start('after.handler')
  const { outcome, billedMs } = await environment.run({ id: 'none', count: 0 })
  expect(outcome).toMatchObject({ body: '{"id":"none"}' })
  expect(billedMs).toBeLessThan(5_000)
  expect(await stage.collector.requests()).toEqual([])
})

test('a handler that throws returns its error at once, and its events arrive', async () => {
  await stage.collector.fail({ delayMs: 1_000 })
  const environment = await start('after.handler')
  const run = await environment.run({ id: 'thrown', fail: 'the handler fell' })
  expect(run.outcome).toEqual({ kind: 'error', type: 'RangeError', message: 'the handler fell' })
  expect(await apiAnsweredAtMs()).toBeGreaterThan(run.answeredAtMs)
  await expectInTime([['thrown', run]])
})

test('a handler that reaches the timeout is killed, but its events have arrived', async () => {
  const environment = await start('after.handler', { timeoutMs: 3_000 })
  const run = await environment.run({ id: 'hung', hang: true })
  expect(run.outcome).toEqual({ kind: 'timeout' })
  await expectInTime([['hung', run]])
})

test('an endpoint that never answers does not delay the caller, and at most the budget is billed', async () => {
  await stage.collector.fail({ hang: true, times: 1 })
  const environment = await start('after.handler', { timeoutMs: 20_000 })
  const { outcome, latencyMs, billedMs } = await environment.run({ id: 'unanswered' })
  expect(outcome.kind).toBe('response')
  expect(latencyMs).toBeLessThan(3_000)
  expect(billedMs).toBeGreaterThan(4_000)
  expect(billedMs).toBeLessThan(10_000)
  expect(environment.logs()).toContain('FAILED ERR_DEADLINE')
  const next = await environment.run({ id: 'next' })
  await expectInTime([['next', next]])
})

describe('code around the wrapper', () => {
  test('may respond by itself: Lambda is released long before the timeout', async () => {
    const environment = await start('after.around', { timeoutMs: 20_000 })
    const { outcome, billedMs } = await environment.run({ ping: true })
    expect(outcome).toMatchObject({ kind: 'response', body: '"pong"' })
    expect(billedMs).toBeLessThan(8_000)
    const run = await environment.run({ id: 'after-the-ping' })
    await expectInTime([['after-the-ping', run]])
  })

  test('may be slow: the flush then comes before the response', async () => {
    await stage.collector.fail({ delayMs: 300 })
    const environment = await start('after.around')
    const run = await environment.run({ id: 'delayed', delayMs: 1_500 })
    expect(await apiAnsweredAtMs()).toBeLessThanOrEqual(run.answeredAtMs)
    await expectInTime([['delayed', run]])
  })
})

describe('without the Extensions API it falls back to before-response, with one warning', () => {
  test.each([
    ['it is absent', 'after.handler', 'absent'],
    ['it rejects the registration', 'after.handler', 'refusing'],
    ['it rejects the registration, CommonJS', 'after-required.handler', 'refusing'],
    ['it does not answer the registration', 'after.handler', 'silent'],
    ['the wrapper is made in the first invocation, too late to register', 'lazy.handler', 'present'],
  ] as const)('%s', async (_why, handler, extensions) => {
    await stage.collector.fail({ delayMs: 300 })
    const environment = await start(handler, { extensions })
    const run = await environment.run({ id: 'first' })
    expect(await apiAnsweredAtMs()).toBeLessThanOrEqual(run.answeredAtMs)
    const second = await environment.run({ id: 'second' })
    await expectInTime([
      ['first', run],
      ['second', second],
    ])
    expect(countIn(environment.logs(), FALLBACK)).toBe(1)
    expect(countIn(environment.logs(), '\n')).toBe(1)
  })
})

test('without the Extensions API, an endpoint that never answers delays the caller by two seconds, as before-response does', async () => {
  await stage.collector.fail({ hang: true })
  const environment = await start('after.handler', { extensions: 'absent', timeoutMs: 20_000 })
  const { outcome, latencyMs } = await environment.run({ id: 'unanswered' })
  expect(outcome.kind).toBe('response')
  expect(latencyMs).toBeGreaterThan(1_500)
  expect(latencyMs).toBeLessThan(4_500)
  await vi.waitFor(() => expect(environment.logs()).toContain('FAILED ERR_DEADLINE'))
})

/** Lambda's own are 22 and 24; the others show that what registers the extension is not a matter of one version. */
const NODES = ['node20', 'node22', 'node26']
const executable = (name: string) => join(repository, 'node_modules', name, 'bin/node')

describe('the extension is registered and holds the environment on each installed version of Node', () => {
  test.each(NODES.filter((name) => existsSync(executable(name))))('%s', async (name) => {
    for (const handler of ['after.handler', 'after-required.handler']) {
      await stage.collector.clear()
      await stage.collector.fail({ delayMs: 1_000 })
      const environment = await start(handler, { node: executable(name) })
      expect(environment.extensionNames()).toEqual(['analytics-edge'])
      const run = await environment.run({ id: 'on-node' })
      expect(await apiAnsweredAtMs()).toBeGreaterThan(run.answeredAtMs)
      await expectInTime([['on-node', run]])
      expect(environment.logs()).toBe('')
    }
  })
})

test('a failing Extensions API fails no invocation and loses no event', async () => {
  await stage.collector.fail({ delayMs: 100 })
  const environment = await start('after.handler', { extensions: 'flaky' })
  const messages: [string, Run][] = []
  for (const id of ['one', 'two', 'three']) {
    const run = await environment.run({ id })
    expect(run.outcome).toMatchObject({ kind: 'response', body: JSON.stringify({ id }) })
    messages.push([id, run])
  }
  await expectInTime(messages)
  expect(countIn(environment.logs(), 'the Extensions API failed')).toBe(1)
})
