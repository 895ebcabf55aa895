import { describe, expect, test } from 'vitest'
import { answeredAtMs, setStage } from './harness/function-stage.ts'

const stage = setStage()
const { start, expectInTime } = stage

describe('the flush follows the end of the stream, and the caller has the whole stream before the API has answered', () => {
  test.each([
    ['streamifyResponse around the wrapper', 'streaming.outside', ['started', 'ended']],
    ['the wrapper around streamifyResponse', 'streaming.inside', ['started', 'ended']],
    ['a handler that returns while the body is still being piped', 'streaming.piped', ['ended']],
  ])('%s', async (_order, handler, events) => {
    await stage.collector.fail({ delayMs: 1_000 })
    const environment = await start(handler)
    const run = await environment.run({ id: 'stream' })
    expect(run.outcome).toMatchObject({ kind: 'response', body: 'one two three' })
    const [request, ...others] = await stage.collector.requests()
    // One request has the events of the start and of the end.
    expect(others).toEqual([])
    expect(request && answeredAtMs(request)).toBeGreaterThan(run.answeredAtMs)
    await expectInTime(events.map((name) => [`stream-${name}`, run]))
    // It did stream: the first chunk was there before the last.
    const firstByteAtMs = run.outcome.kind === 'response' ? run.outcome.firstByteAtMs : Number.NaN
    expect(firstByteAtMs).toBeLessThan(run.answeredAtMs)
    expect(environment.logs()).toBe('')
  })
})

test('a stream that fails midway is reported as without the wrapper, and its events arrive', async () => {
  const environment = await start('streaming.broken')
  const run = await environment.run({ id: 'broken', fail: 'the stream broke' })
  expect(run.outcome).toMatchObject({ kind: 'error', type: 'RangeError', message: 'the stream broke' })
  await expectInTime([['broken-started', run]])
})

test('after the response, with the extension', async () => {
  await stage.collector.fail({ delayMs: 300 })
  const environment = await start('streaming-after.handler')
  for (const id of ['a', 'b']) {
    const run = await environment.run({ id })
    expect(run.outcome).toMatchObject({ kind: 'response', body: 'streamed' })
    await stage.arrivals()
    const request = (await stage.collector.requests()).find(({ messageIds }) => messageIds.includes(id))
    expect(request && answeredAtMs(request)).toBeGreaterThan(run.answeredAtMs)
    expect(request && answeredAtMs(request)).toBeLessThanOrEqual(run.frozenAtMs)
  }
})
