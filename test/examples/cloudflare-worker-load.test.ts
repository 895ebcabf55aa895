import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'
import { bundleExample } from './bundle-example.ts'
import { ROOT } from './processes.ts'

const VISITOR_COUNT = 200
const API_DELAY_MS = 200
const WARM_UP_COUNT = 2
const MAX_BURST_COUNT = 10

let collector: ChildProcess
let collectorUrl: string
let workerUrl: string
let workerd: Awaited<ReturnType<typeof startWorkerd>>

beforeAll(async () => {
  // Its own process, so that the API's work does not delay the visitors' clock.
  collector = fork(join(ROOT, 'collector/main.ts'), ['--port', '0', '--delay', `${API_DELAY_MS}`, '--quiet'], {
    stdio: 'ignore',
  })
  const [message] = await once(collector, 'message')
  collectorUrl = message.url
  const script = await bundleExample()
  const name = 'example'
  workerd = await startWorkerd({
    workers: [
      {
        name,
        modules: true,
        script,
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { SEGMENT_WRITE_KEY: 'wk', SEGMENT_HOST: collectorUrl },
        queueProducers: { ORDERS: { queueName: 'orders' } },
        // Straight to the Worker: Miniflare's own Worker before it takes longer than the example.
        unsafeDirectSockets: [{}],
      },
    ],
  })
  workerUrl = (await workerd.mf.unsafeGetDirectURL(name)).origin
})
afterAll(async () => {
  await workerd?.mf.dispose()
  collector?.kill('SIGTERM')
})

/** Milliseconds until the response began. */
function visit(agent: Agent, user: string): Promise<number> {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    get(`${workerUrl}/visit?user=${user}`, { agent }, (response) => {
      const latencyMs = performance.now() - startedMs
      response.resume()
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`))
      response.once('end', () => resolve(latencyMs))
    }).once('error', reject)
  })
}

interface Row {
  event: { userId: string; type: string }
  problems: string[]
  duplicate: boolean
}

async function control<T>(path: string, method = 'GET'): Promise<T> {
  const response = await fetch(`${collectorUrl}/_/${path}`, { method })
  // The collector's own JSON; a wrong shape fails the expectations.
  return (await response.json()) as T
}

async function takeRows(count: number): Promise<Row[]> {
  await vi.waitFor(
    async () => {
      const requests = await control<{ status: unknown; eventCount: number }[]>('requests')
      expect(requests.filter(({ status }) => status !== 200)).toEqual([])
      expect(requests.reduce((sum, { eventCount }) => sum + eventCount, 0)).toBeGreaterThanOrEqual(count)
    },
    { timeout: 20_000, interval: 100 },
  )
  return control<Row[]>('events')
}

/** 200 visitors at once: their median latency, and what arrived. */
async function burst(agent: Agent, name: string): Promise<{ medianMs: number; rows: Row[] }> {
  const users = Array.from({ length: VISITOR_COUNT }, (_, index) => `${name}-${index}`)
  const latenciesMs = await Promise.all(users.map((user) => visit(agent, user)))
  const rows = await takeRows(VISITOR_COUNT * 3)
  await control('events', 'DELETE')
  return { medianMs: latenciesMs.toSorted((a, b) => a - b)[VISITOR_COUNT / 2] ?? Number.NaN, rows }
}

it('200 concurrent visitors: each of 600 events arrives once, and no visitor waits for the API', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: VISITOR_COUNT })
  for (let index = 0; index < WARM_UP_COUNT; index++) await burst(agent, `warm-up-${index}`)

  // Whatever else the machine does can only add to the latency: one undisturbed burst tells.
  const mediansMs: number[] = []
  while (mediansMs.length < MAX_BURST_COUNT && !(Math.min(...mediansMs) < API_DELAY_MS / 2)) {
    if (mediansMs.length > 0) await sleep(1_000)
    const { medianMs, rows } = await burst(agent, `visitor-${mediansMs.length}`)
    mediansMs.push(medianMs)
    const seen = new Set(rows.map(({ event }) => `${event.userId} ${event.type}`))
    expect(rows).toHaveLength(VISITOR_COUNT * 3)
    expect(seen.size).toBe(VISITOR_COUNT * 3)
    expect(rows.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
  }
  agent.destroy()
  console.log(`median latency of ${VISITOR_COUNT} visitors: ${mediansMs.map(Math.round).join(', ')} ms`)
  expect(Math.min(...mediansMs)).toBeLessThan(API_DELAY_MS / 2)
})
