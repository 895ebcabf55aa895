import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { answeredAtMs, setStage } from './harness/function-stage.ts'

const stage = setStage()
const { start, expectInTime } = stage

describe('the middleware', () => {
  test('gives the handler its scope, and flushes its events and those of other middlewares', async () => {
    await stage.collector.fail({ delayMs: 200 })
    const environment = await start('with-middy.handler')
    const run = await environment.run({ id: 'middy' })
    expect(run.outcome).toMatchObject({ kind: 'response', body: '{"id":"middy"}' })
    const second = await environment.run({ id: 'again' })
    await expectInTime([
      ['middy', run],
      ['middy-after', run],
      ['again', second],
      ['again-after', second],
    ])
    expect(await stage.collector.requests()).toHaveLength(2)
  })

  test('flushes when the handler throws, and passes the error on', async () => {
    const environment = await start('with-middy.handler')
    const run = await environment.run({ id: 'thrown', fail: 'the handler fell' })
    expect(run.outcome).toEqual({ kind: 'error', type: 'RangeError', message: 'the handler fell' })
    await expectInTime([['thrown', run]])
  })

  test('sends events with the next invocation if another middleware answers early, however long the freeze', async () => {
    await stage.collector.fail({ delayMs: 100 })
    const timeoutMs = 2_000
    const environment = await start('middy-early.handler', { timeoutMs })
    const early = await environment.run({ id: 'early', early: 'answered' })
    expect(early.outcome).toMatchObject({ kind: 'response', body: '"answered"' })
    expect((await stage.arrivals()).size).toBe(0)
    // The freeze is the subject: until the time of the first invocation is over.
    await sleep(timeoutMs + 500)
    const next = await environment.run({ id: 'next' })
    expect(environment.logs()).toBe('')
    const answers = (await stage.collector.requests()).map(({ status }) => status)
    expect(new Set(answers)).toEqual(new Set([200]))
    await expectInTime([
      ['early-before', next],
      ['next-before', next],
      ['next', next],
    ])
  })

  test('passes its scope on inside a wrapper, so that the flush may follow the response', async () => {
    await stage.collector.fail({ delayMs: 1_000 })
    const environment = await start('middy-after.handler')
    const run = await environment.run({ id: 'inside' })
    const [request] = await stage.collector.requests()
    expect(request && answeredAtMs(request)).toBeGreaterThan(run.answeredAtMs)
    await expectInTime([['inside', run]])
  })
})
