import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'
import { ROOT } from './processes.ts'

let collector: Collector
let workerd: Awaited<ReturnType<typeof startWorkerd>>

beforeAll(async () => {
  collector = await startCollector()
  workerd = await startWorkerd({
    modules: true,
    script: await bundleWorker(`${ROOT}/examples/hono/worker.ts`),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { SEGMENT_WRITE_KEY: 'wk', SEGMENT_HOST: collector.url },
  })
})
beforeEach(() => collector.clear())
afterAll(async () => {
  await workerd?.mf.dispose()
  await collector?.close()
})

async function ask(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(workerd.url + path, { method })
  return { status: response.status, text: await response.text() }
}

/** The events once there are that many and no request is under way, so that one too many is among them: `user event`. */
async function takeEvents(count: number): Promise<string[]> {
  await vi.waitFor(() => {
    expect(collector.events().length).toBeGreaterThanOrEqual(count)
    expect(collector.requests().filter(({ status }) => status !== 200)).toEqual([])
  }, 20_000)
  const rows = collector.events()
  expect(rows.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
  expect(rows).toHaveLength(count)
  return rows.map(({ event }) => `${event.userId} ${event.event ?? event.type}`).sort()
}

it('answers before the Tracking API, which gets the events in one request', async () => {
  collector.fail({ delayMs: 3_000, times: 1 })
  expect(await ask('/visit?user=ada')).toEqual({ status: 200, text: 'Hello, ada\n' })
  expect(collector.requests().filter(({ status }) => status !== 'pending')).toEqual([])
  expect(await takeEvents(2)).toEqual(['ada Visited', 'ada identify'])
  expect(collector.requests()).toHaveLength(1)
})

it('loses and mixes up nothing under many concurrent requests', async () => {
  collector.fail({ delayMs: 200 })
  const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
  for (let first = 0; first < users.length; first += 10) {
    const turn = users.slice(first, first + 10).map((user) => ask(`/orders?user=${user}`, 'POST'))
    for (const { status } of await Promise.all(turn)) expect(status).toBe(201)
  }
  expect(await takeEvents(60)).toEqual(users.map((user) => `${user} Order Placed`).sort())
})

it('delivers what is tracked after the body has been streamed', async () => {
  expect(await ask('/countdown?user=ada')).toEqual({ status: 200, text: '3\n2\n1\n' })
  expect(await takeEvents(1)).toEqual(['ada Countdown Finished'])
})

it('delivers the event of a handler that throws', async () => {
  expect(await ask('/error?user=ada')).toMatchObject({ status: 500 })
  expect(await takeEvents(1)).toEqual(['ada Checkout Started'])
})
