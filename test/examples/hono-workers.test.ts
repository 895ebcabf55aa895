import { expect, it } from 'vitest'
import { bundleWorker } from '../support/workerd.ts'
import { openWorker } from './open-worker.ts'
import { ROOT } from './processes.ts'

const { collector, url, takeEvents } = await openWorker(await bundleWorker(`${ROOT}/examples/hono/worker.ts`))

async function ask(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(url + path, { method })
  return { status: response.status, text: await response.text() }
}

/** As `user event`. */
async function takeNames(count: number): Promise<string[]> {
  return (await takeEvents(count)).map(({ userId, event, type }) => `${userId} ${event ?? type}`).sort()
}

it('answers before the Tracking API, which gets the events in one request', async () => {
  collector.fail({ delayMs: 3_000, times: 1 })
  expect(await ask('/visit?user=ada')).toEqual({ status: 200, text: 'Hello, ada\n' })
  expect(collector.requests().filter(({ status }) => status !== 'pending')).toEqual([])
  expect(await takeNames(2)).toEqual(['ada Visited', 'ada identify'])
  expect(collector.requests()).toHaveLength(1)
})

it('loses no event and mixes up none under many concurrent requests', async () => {
  collector.fail({ delayMs: 200 })
  const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
  for (let first = 0; first < users.length; first += 10) {
    const turn = users.slice(first, first + 10).map((user) => ask(`/orders?user=${user}`, 'POST'))
    for (const { status } of await Promise.all(turn)) expect(status).toBe(201)
  }
  expect(await takeNames(60)).toEqual(users.map((user) => `${user} Order Placed`).sort())
})

it('delivers events tracked after the body has been streamed', async () => {
  expect(await ask('/countdown?user=ada')).toEqual({ status: 200, text: '3\n2\n1\n' })
  expect(await takeNames(1)).toEqual(['ada Countdown Finished'])
})

it('delivers the event of a handler that throws', async () => {
  expect(await ask('/error?user=ada')).toMatchObject({ status: 500 })
  expect(await takeNames(1)).toEqual(['ada Checkout Started'])
})
