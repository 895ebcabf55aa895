import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'
import { startTrackingApi, until } from './tracking-api.ts'

const script = await bundleWorker(fileURLToPath(new URL('worker.ts', import.meta.url)))
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
        name: 'app',
        modules: [{ type: 'ESModule', path: 'index.js', contents: script }],
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { HOST: api.url, MODE },
        queueProducers: { EVENTS: { queueName: 'events' }, FOREIGN: { queueName: 'events' } },
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

/** Invocations of one to three events each. */
function createInvocations(count: number, poisonEach = Number.POSITIVE_INFINITY): string[][] {
  let id = 0
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: 1 + (index % 3) }, () => `${++id % poisonEach === 0 ? 'poison' : 'event'}-${id}`),
  )
}

async function invoke(url: string, invocations: readonly string[][]): Promise<void> {
  const waiting = [...invocations]
  const work = async () => {
    for (let ids = waiting.shift(); ids; ids = waiting.shift()) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(ids) })
      expect(response.status).toBe(200)
      await response.text()
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
}

const reportsOf = (logs: readonly string[]) => [...logs.join('').matchAll(/REPORTED (\S+)\./g)].map(([, id]) => id)

describe('through a queue of Cloudflare, on workerd', () => {
  test('300 invocations become at most a twentieth as many requests; none is lost, none comes twice', async () => {
    const { api, url } = await start('always', { maxBatchSize: 100, maxRetries: 3 })
    const invocations = createInvocations(300)
    await invoke(url, invocations)
    await until(() => api.accepted.size === invocations.flat().length, 60_000)
    expect([...api.accepted.values()].every((count) => count === 1)).toBe(true)
    console.log(`300 invocations, ${invocations.flat().length} events: ${api.requestCount} requests`)
    // A batch of the queue has a hundred messages at most, each of one invocation.
    expect(api.requestCount).toBeLessThanOrEqual(300 / 20)
  })

  test('an outage, errors and poison lose nothing, and each poison is reported once', async () => {
    const { api, url, logs } = await start('always', { maxBatchSize: 50, maxRetries: 50 })
    api.failShare = 0.05
    api.breakDown(5_000)
    const invocations = createInvocations(200, 100)
    await invoke(url, invocations)
    const ids = invocations.flat()
    const poisons = ids.filter((id) => id.startsWith('poison'))
    await until(() => api.accepted.size + reportsOf(logs).length >= ids.length, 120_000)
    expect(reportsOf(logs).toSorted()).toEqual(poisons.toSorted())
    expect([...api.accepted.keys()].toSorted()).toEqual(ids.filter((id) => id.startsWith('event')).toSorted())
  })

  test("with when: 'undelivered', what an outage outlives arrives after it", async () => {
    const { api, url } = await start('undelivered', { maxBatchSize: 50, maxRetries: 50 })
    api.breakDown(4_000)
    await invoke(url, createInvocations(20))
    await until(() => api.accepted.size === createInvocations(20).flat().length, 60_000)
  })

  test('a message of others is refused by its name, and ends in the dead-letter queue', async () => {
    const { mf, logs } = await start('always', { maxBatchSize: 10, maxRetries: 1 })
    const queue = await mf.getQueueProducer<unknown>('FOREIGN', 'app')
    await queue.send({ hello: 'world' })
    await until(() => logs.join('').includes('DEAD {"hello":"world"}'), 30_000)
    expect(logs.join('')).toMatch(/message \S+ is rejected: .*not a message of analytics-edge/)
  })
})
