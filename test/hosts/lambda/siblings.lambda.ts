import { describe, expect, test } from 'vitest'
import { answeredAtMs, setStage } from './harness/stage.ts'

const stage = setStage()
const { start, expectInTime } = stage

/** How long the extension waits for a wrapper where one with `flush: 'after-response'` has been called before. */
const GRACE_MS = 500

describe('beside a wrapper with the extension, in the same file', () => {
  test.each(['before', 'withMiddy', 'plain'])('%s is not billed for the grace', async (name) => {
    const firstMs: number[] = []
    for (let index = 0; index < 3; index++) {
      const environment = await start(`siblings.${name}`)
      expect(environment.extensionNames()).toEqual(['analytics-edge'])
      firstMs.push((await environment.run({ id: `first-${index}` })).billedMs)
      const warmMs: number[] = []
      for (const id of ['a', 'b', 'c']) warmMs.push((await environment.run({ id: `${id}-${index}` })).billedMs)
      // The fastest, as anything may hold up this machine. The grace would be billed each time.
      expect(Math.min(...warmMs)).toBeLessThan(GRACE_MS / 2)
      await environment.stop()
    }
    expect(Math.min(...firstMs)).toBeLessThan(GRACE_MS)
  })

  test('an invocation of one function that needs no hold is over when its wrapper is', async () => {
    const environment = await start('siblings.router')
    await environment.run({ id: 'after' })
    const billedMs: number[] = []
    for (const id of ['a', 'b', 'c']) billedMs.push((await environment.run({ id, isQueue: true })).billedMs)
    expect(Math.min(...billedMs)).toBeLessThan(GRACE_MS / 2)
  })

  test('nor is a consumer of SQS', async () => {
    const environment = await start('consumer.handler')
    await environment.run({})
    const billedMs: number[] = []
    for (let index = 0; index < 3; index++) {
      const run = await environment.run({ Records: [] })
      expect(run.outcome).toMatchObject({ kind: 'response', body: '{"batchItemFailures":[]}' })
      billedMs.push(run.billedMs)
    }
    expect(Math.min(...billedMs)).toBeLessThan(GRACE_MS / 2)
  })

  test('a wrapper with the extension still answers first, also after invocations that did without it', async () => {
    const environment = await start('siblings.router')
    await environment.run({ id: 'after', count: 0 })
    await environment.run({ id: 'before', count: 0, isQueue: true })
    await stage.collector.fail({ delayMs: 1_000 })
    const run = await environment.run({ id: 'behind' })
    const [request] = await stage.collector.requests()
    expect(request && answeredAtMs(request)).toBeGreaterThan(run.answeredAtMs)
    await expectInTime([['behind', run]])
  })
})

test('a wrapper that is first called in a later invocation flushes before the response once, then behind it', async () => {
  const environment = await start('after.around')
  await environment.run({ ping: true })
  await stage.collector.fail({ delayMs: 500 })
  const messages = []
  for (const id of ['one', 'two', 'three']) messages.push([id, await environment.run({ id })] as const)
  await expectInTime(messages.map(([id, run]) => [id, run]))
  const [, two, three] = (await stage.collector.requests()).map(answeredAtMs)
  expect(two).toBeGreaterThan(messages[1]?.[1].answeredAtMs ?? Number.NaN)
  expect(three).toBeGreaterThan(messages[2]?.[1].answeredAtMs ?? Number.NaN)
})

describe('two copies of the package share one extension', () => {
  test('the wrapper of one lets it go, whichever has registered it', async () => {
    const environment = await start('copies.handler')
    await environment.run({ id: 'after', by: 'after' })
    const billedMs: number[] = []
    for (const id of ['a', 'b', 'c']) billedMs.push((await environment.run({ id, by: 'before' })).billedMs)
    expect(Math.min(...billedMs)).toBeLessThan(GRACE_MS / 2)
  })

  test.each(['after', 'otherAfter', 'nested'])('by %s, the answer comes before the flush', async (by) => {
    await stage.collector.fail({ delayMs: 1_000 })
    const environment = await start('copies.handler')
    expect(environment.extensionNames()).toEqual(['analytics-edge'])
    const run = await environment.run({ id: 'behind', by })
    const requests = await stage.collector.requests()
    expect(requests.map((request) => answeredAtMs(request) > run.answeredAtMs)).toEqual([true])
    await expectInTime([['behind', run]])
    expect(environment.logs()).toBe('')
  })
})
