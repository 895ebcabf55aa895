import { afterEach, describe, expect, test } from 'vitest'
import { COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'
import { contents, createInvocations, createProducer, invoke, runFunnel } from './funnel.ts'
import { startKillableConsumer } from './killable-consumer.ts'
import { startTrackingApi, until } from './tracking-api.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function start(
  MODE: 'always' | 'undelivered' | 'direct',
  consumer: { maxBatchSize: number; maxRetries: number },
) {
  const api = await startTrackingApi()
  const { mf, url, logs } = await startWorkerd({
    workers: [
      {
        ...createProducer({ HOST: api.url, MODE }),
        queueConsumers: { events: { ...consumer, maxBatchTimeout: 1, deadLetterQueue: 'events-dlq' } },
      },
      {
        name: 'dead',
        modules: true,
        script: `export default { async queue({ messages }) { for (const { body } of messages) console.log('DEAD ' + JSON.stringify(body) + '.') } }`,
        compatibilityDate: COMPATIBILITY_DATE,
        queueConsumers: { 'events-dlq': { maxBatchSize: 10, maxBatchTimeout: 0 } },
      },
    ],
  })
  closing.push(
    () => mf.dispose(),
    () => api.close(),
  )
  return { api, mf, url, logs }
}

describe('through a Cloudflare queue, on workerd', () => {
  test('500 invocations cause at most ten requests, and each event arrives once', async () => {
    const { eventCount, requestCount, lostCount, repeatedCount } = await runFunnel({
      mode: 'always',
      invocationCount: 500,
    })
    console.log(`500 invocations, ${eventCount} events: ${requestCount} requests`)
    expect({ lostCount, repeatedCount }).toEqual({ lostCount: 0, repeatedCount: 0 })
    // A batch of the queue has a hundred messages at most, each of one invocation.
    expect(requestCount).toBeLessThanOrEqual(500 / 50)
  })

  test('an outage, errors, poison events and a killed consumer lose no event, and each poison event is reported once', async () => {
    const storm = { outageMs: 5_000, failShare: 0.05, poisonEach: 180, killCount: 2 }
    const result = await runFunnel({ mode: 'always', invocationCount: 500, storm })
    console.log(result)
    expect(result).toMatchObject({ lostCount: 0, unexplainedCount: 0, poisonCount: 5, reportedCount: 5, killCount: 2 })
  })

  test.each([
    ['accepted', 'what the API has accepted comes twice, with the same message ids'],
    ['unread', 'and nothing comes twice'],
  ] as const)('a consumer killed with a request in flight, %s, loses nothing: %s', async (as, _) => {
    const api = await startTrackingApi()
    const bindings = { HOST: api.url, MODE: 'always' }
    const queueConsumers = { events: { maxBatchSize: 40, maxBatchTimeout: 1, maxRetries: 5 } }
    const consumer = await startKillableConsumer('consumer', contents, bindings, queueConsumers)
    const { mf, url } = await startWorkerd({ workers: [createProducer(bindings), consumer.worker] })
    closing.push(
      () => mf.dispose(),
      () => consumer.close(),
      () => api.close(),
    )
    const invocations = createInvocations(100)
    const ids = invocations.flat()
    const held = api.holdNext(as)
    await invoke(url, invocations)
    const heldIds = await held
    const inHand = await consumer.kill()
    expect(inHand).toEqual(expect.arrayContaining(heldIds))
    const expectedCount = as === 'accepted' ? 2 : 1
    await until(() => heldIds.every((id) => api.accepted.get(id) === expectedCount), 60_000)
    await until(() => api.accepted.size === ids.length, 60_000)
    // Of a batch beside it the API may have accepted some as well.
    const twice = [...api.accepted].flatMap(([id, count]) => (count > 1 ? [id] : []))
    expect(inHand).toEqual(expect.arrayContaining(twice))
    expect(Math.max(...api.accepted.values())).toBeLessThanOrEqual(2)
  })

  test("with when: 'undelivered', events that an outage outlasts arrive after it", async () => {
    const { api, url } = await start('undelivered', { maxBatchSize: 50, maxRetries: 50 })
    api.breakDown(4_000)
    await invoke(url, createInvocations(20))
    await until(() => api.accepted.size === createInvocations(20).flat().length, 60_000)
  })

  test('a foreign message is rejected with its id, and moves to the dead-letter queue', async () => {
    const { mf, logs } = await start('always', { maxBatchSize: 10, maxRetries: 1 })
    const queue = await mf.getQueueProducer<unknown>('FOREIGN', 'app')
    await queue.send({ hello: 'world' })
    await until(() => logs.join('').includes('DEAD {"hello":"world"}'), 30_000)
    expect(logs.join('')).toMatch(/message \S+ is rejected: .*not a message of analytics-edge/)
  })
})
