import { beforeAll, describe, expect, test } from 'vitest'
import { answeredAtMs, setStage } from './harness/function-stage.ts'

const stage = setStage()

beforeAll(async () => {
  await stage.taskRoot.bundle('examples/aws-lambda/src/http.ts', 'http', 'esm')
  await stage.taskRoot.bundle('examples/aws-lambda/src/queue.ts', 'queue', 'cjs')
})

const env = () => ({ SEGMENT_HOST: stage.collector.url, SEGMENT_WRITE_KEY: 'example' })

describe('the example', () => {
  test('answers an HTTP request, and sends its events after the response', async () => {
    await stage.collector.fail({ delayMs: 1_000 })
    const environment = await stage.start('http.handler', { env: env() })
    const run = await environment.run({ rawPath: '/visit', queryStringParameters: { user: 'ada' } })
    expect(run.outcome.kind === 'response' && JSON.parse(run.outcome.body)).toMatchObject({ body: 'Hello, ada!\n' })
    const [request] = await stage.collector.requests()
    expect(request && answeredAtMs(request)).toBeGreaterThan(run.answeredAtMs)
    expect(request && answeredAtMs(request)).toBeLessThanOrEqual(run.frozenAtMs)
    const events = [...(await stage.arrivals()).values()]
    expect(events.map(({ type, event }) => [type, event.userId])).toEqual([
      ['identify', 'ada'],
      ['track', 'ada'],
    ])
  })

  test('processes a queue, and returns a message that is not an order', async () => {
    const environment = await stage.start('queue.handler', { env: env() })
    const order = (messageId: string, body: string) => ({ messageId, body })
    const run = await environment.run({
      Records: [
        order('1', '{"id":"o1","userId":"ada"}'),
        order('2', 'no order'),
        order('3', '{"id":"o3","userId":"bob"}'),
      ],
    })
    expect(run.outcome).toMatchObject({ body: '{"batchItemFailures":[{"itemIdentifier":"2"}]}' })
    await stage.expectInTime([
      ['shipped-1', run],
      ['shipped-3', run],
    ])
  })
})
