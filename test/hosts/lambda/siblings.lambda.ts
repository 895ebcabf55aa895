import { describe, expect, test } from 'vitest'
import { answeredAtMs, setStage } from './harness/function-stage.ts'

const stage = setStage()
const { start, expectInTime } = stage

/** How long the extension waits for a wrapper once one with `flush: 'after-response'` has been called. */
const GRACE_MS = 500

describe('another function in the file of a wrapper with the extension', () => {
  test.each(['before', 'withMiddy', 'plain'])("is not billed for the extension's wait: %s", async (name) => {
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

  test('finishes with its wrapper if it needs no hold', async () => {
    const environment = await start('siblings.router')
    await environment.run({ id: 'after' })
    const billedMs: number[] = []
    for (const id of ['a', 'b', 'c']) billedMs.push((await environment.run({ id, isQueue: true })).billedMs)
    expect(Math.min(...billedMs)).toBeLessThan(GRACE_MS / 2)
  })

  test('finishes at once if it consumes SQS', async () => {
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

  test('a wrapper with the extension still answers first, even after invocations without it', async () => {
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

test('a wrapper first called in a later invocation flushes before the response once, then after it', async () => {
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
  test('release it by either wrapper, whichever registered it', async () => {
    const environment = await start('copies.handler')
    await environment.run({ id: 'after', by: 'after' })
    const billedMs: number[] = []
    for (const id of ['a', 'b', 'c']) billedMs.push((await environment.run({ id, by: 'before' })).billedMs)
    expect(Math.min(...billedMs)).toBeLessThan(GRACE_MS / 2)
  })

  test.each(['after', 'otherAfter', 'nested'])('still answer before the flush, by %s', async (by) => {
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
