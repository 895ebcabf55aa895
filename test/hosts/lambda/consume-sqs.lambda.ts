import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SqsBatchResponse, SqsEvent } from 'analytics-edge/lambda'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { toSqs } from '../../../runtimes/lambda/to-sqs.ts'
import { Analytics } from '../../../src/index.ts'
import { type LocalSqs, startLocalSqs } from '../queues/local-sqs.ts'
import type { Environment, Outcome, Run } from './harness/environment.ts'
import { setStage } from './harness/function-stage.ts'

const stage = setStage()
let local: LocalSqs

beforeAll(async () => {
  local = await startLocalSqs()
  await stage.taskRoot.bundle('examples/aws-lambda/src/http.ts', 'http', 'esm')
  await stage.taskRoot.bundle('examples/aws-lambda/src/events.ts', 'events', 'cjs')
})
afterAll(() => local?.close())

const start = (handler: string, queueUrl: string, timeoutMs?: number) =>
  stage.start(handler, {
    env: {
      SEGMENT_WRITE_KEY: 'example',
      EVENTS_QUEUE_URL: queueUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    ...(timeoutMs && { timeoutMs }),
  })

/** Invokes as Lambda does for an event source; what the runs were is in the list. */
const by = (environment: Environment, runs: Run[] = []) => {
  return async (event: SqsEvent) => {
    const run = await environment.run(event)
    runs.push(run)
    return readResponse(run.outcome)
  }
}

function readResponse(outcome: Outcome): SqsBatchResponse | undefined {
  // The cast: what a handler of SQS answers.
  return outcome.kind === 'response' ? (JSON.parse(outcome.body) as SqsBatchResponse) : undefined
}

/** Puts messages of one event each into a queue. */
async function produce(queueUrl: string, ids: readonly string[]): Promise<void> {
  const to = toSqs({ queueUrl, fetch: (url, init) => local.fetch(url, init) })
  const producer = new Analytics({ writeKey: 'example', handOver: { to, when: 'always' } })
  for (const messageId of ids) {
    producer.track({ userId: 'ada', event: 'Acted', messageId })
    expect(await producer.flush()).toEqual({ delivered: 0, failed: 0, handedOver: 1 })
  }
}

const listIds = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`)

describe("the runtime client's consumer of SQS", () => {
  test('delivers events that invocations handed over during an outage in one request, before its response', async () => {
    const queueUrl = await local.createQueue('outage')
    await stage.collector.fail({ status: 503 })
    const producer = await start('http.handler', queueUrl)
    for (const user of ['ada', 'bob', 'cy']) {
      const run = await producer.run({ rawPath: '/visit', queryStringParameters: { user } })
      expect(run.outcome.kind).toBe('response')
    }
    await producer.stop()
    expect(await local.countMessages(queueUrl)).toBe(3)
    await stage.collector.clear()

    const consumer = await start('events.handler', queueUrl)
    const runs: Run[] = []
    await local.poll(queueUrl, by(consumer, runs))
    expect(runs[0]?.outcome).toMatchObject({ kind: 'response', body: '{"batchItemFailures":[]}' })
    expect(await stage.collector.requests()).toHaveLength(1)
    const events = await stage.collector.events()
    expect(events.map(({ event }) => [event.type, event.userId])).toEqual(
      ['ada', 'bob', 'cy'].flatMap((user) => [
        ['identify', user],
        ['track', user],
      ]),
    )
    await stage.expectInTime(events.flatMap(({ event }) => (runs[0] ? [[String(event.messageId), runs[0]]] : [])))
    expect(await local.countMessages(queueUrl)).toBe(0)
  })

  test('answers per message: foreign ones go to the dead-letter queue, and a poison event is reported once', async () => {
    const [queueUrl, dead] = await local.createQueueWithDeadLetters('partial', 2, '0')
    await produce(queueUrl, listIds(3))
    const poison = '{"analytics-edge":1,"events":[{"type":"track","event":"Nobody","messageId":"poison"}]}'
    for (const MessageBody of ['{"order":1}', poison]) {
      await local.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }))
    }
    const environment = await start('events.handler', queueUrl)
    const runs: Run[] = []
    for (let round = 0; round < 4; round++) await local.poll(queueUrl, by(environment, runs), 1)
    expect(runs.map(({ outcome }) => readResponse(outcome)?.batchItemFailures.length)).toEqual([1, 1])
    expect([...(await stage.arrivals()).keys()].toSorted()).toEqual(listIds(3))
    expect(environment.logs().match(/not delivered poison/g)).toHaveLength(1)
    expect(environment.logs()).toMatch(/message \S+ is rejected: .*is not a message of analytics-edge/)
    expect([await local.countMessages(queueUrl), await local.countMessages(dead)]).toEqual([0, 1])
  })

  test.each([
    ['before the API has taken it', { hang: true as const }, 1],
    ['when only the answer is missing', { delayMs: 30_000 }, 2],
  ])(
    'loses nothing if it is killed with a request in flight, %s, and repeats the same message ids',
    async (_, fault, count) => {
      const queueUrl = await local.createQueue(`killed-${count}`, { VisibilityTimeout: '2' })
      await produce(queueUrl, listIds(5))
      await stage.collector.fail({ ...fault, times: 1 })
      const killed = await start('events.handler', queueUrl)
      const { Records } = await local.poll(queueUrl, async (event) => {
        const { answered } = killed.invoke(event)
        await vi.waitFor(async () => expect(await stage.collector.requests()).toHaveLength(1), { timeout: 10_000 })
        await killed.stop()
        return readResponse((await answered).outcome)
      })
      expect(Records).toHaveLength(5)
      const environment = await start('events.handler', queueUrl)
      const again = () => local.poll(queueUrl, by(environment))
      await vi.waitFor(async () => expect((await again()).Records).toHaveLength(5), { timeout: 20_000, interval: 200 })
      expect(await local.countMessages(queueUrl)).toBe(0)
      const ids = (await stage.collector.events()).map(({ event }) => String(event.messageId))
      expect(ids.toSorted()).toEqual(listIds(5).flatMap((id) => Array.from({ length: count }, () => id)))
    },
  )

  test("finishes before the function's timeout while the API hangs, and returns every message", async () => {
    const queueUrl = await local.createQueue('slow', { VisibilityTimeout: '0' })
    await produce(queueUrl, listIds(4))
    await stage.collector.fail({ hang: true })
    const environment = await start('events.handler', queueUrl, 3_000)
    const runs: Run[] = []
    await local.poll(queueUrl, by(environment, runs), 1)
    const [run] = runs
    expect(run && readResponse(run.outcome)?.batchItemFailures).toHaveLength(4)
    expect(run?.billedMs).toBeLessThan(3_000)
    expect(environment.logs()).not.toContain('not delivered')
    await stage.collector.clear()
    await local.poll(queueUrl, by(environment), 1)
    expect([...(await stage.arrivals()).keys()].toSorted()).toEqual(listIds(4))
  })
})
