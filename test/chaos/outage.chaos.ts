import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type RemoteCollector, startRemoteCollector } from '../support/remote-collector.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../support/workerd.ts'
import { holdOutage, spanOfFailuresMs } from './outage.ts'
import { CLEAN, type Journal, judge, parseJournal } from './verdict.ts'

const CLIENT_COUNT = 20
const REQUEST_COUNT = 60

/** Shorter than the outage, since the first and the last failure are inside it: after 0.9 seconds, the next retry is the last one. */
const MIN_SPAN_MS = 400

let collector: RemoteCollector

beforeAll(async () => {
  collector = await startRemoteCollector()
})

afterEach(() => collector?.clear())
afterAll(() => collector?.stop())

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Each event was sent into the outage more than once, and all are delivered, each received once. */
async function expectNothingLost(name: string, journal: Journal, count: number): Promise<void> {
  const [events, requests] = await Promise.all([collector.events(), collector.requests()])
  const { figures, ...verdict } = judge(journal, events, requests)
  console.log(name, figures)
  expect(verdict).toEqual(CLEAN)
  expect(figures).toMatchObject({ accepted: count, delivered: count, failed: 0, receivedTwice: 0 })
  expect(Object.keys(figures.answers).sort()).toEqual(['200', '503', 'reset'])
  expect(Number(figures.answers['503']) + Number(figures.answers.reset)).toBeGreaterThanOrEqual(2 * count)
  expect(spanOfFailuresMs(requests)).toBeGreaterThan(MIN_SPAN_MS)
}

test(`an API that is down for 3 s loses nothing of ${CLIENT_COUNT} clients in a Node process, with default settings`, async () => {
  const child = fork(fileOf('outage-clients.mjs'), [collector.url, String(CLIENT_COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  // The cast: it is there, as stdout is a pipe.
  const stdout = text(child.stdout as NodeJS.ReadableStream)
  const ended = once(child, 'exit')
  await once(child, 'message')
  await holdOutage(collector, () => child.send('go'))
  expect(await ended).toEqual([0, null])
  await expectNothingLost('node, outage', parseJournal(await stdout), CLIENT_COUNT)
})

test.each(WORKERDS)(
  `an API that is down for 3 s loses nothing of ${REQUEST_COUNT} scopes in the $age workerd, with default settings`,
  async (build) => {
    const options = {
      modules: true as const,
      script: await bundleWorker(fileOf('outage-worker.ts')),
      compatibilityDate: COMPATIBILITY_DATE,
      bindings: { SEGMENT_HOST: collector.url },
    }
    const worker = await startWorkerd(options, build)
    try {
      const visits: Promise<string>[] = []
      await holdOutage(collector, () => {
        for (let index = 0; index < REQUEST_COUNT; index++) {
          visits.push(fetch(`${worker.url}/w${index}`).then((response) => response.text()))
        }
      })
      expect(await Promise.all(visits)).toEqual(Array(REQUEST_COUNT).fill('ok'))
      // Behind the responses: until everything is reported, at the scopes' deadlines at the latest.
      const readJournal = () => parseJournal(worker.logs.join(''))
      await vi.waitFor(
        () => {
          const { accepted, delivered, failed } = readJournal()
          expect(accepted.size).toBe(REQUEST_COUNT)
          expect(delivered.length + failed.length).toBe(REQUEST_COUNT)
        },
        { timeout: 60_000, interval: 250 },
      )
      await expectNothingLost('workerd, outage', readJournal(), REQUEST_COUNT)
      expect(worker.logs.join('')).not.toMatch(/different request|hung|Uncaught/)
    } finally {
      await worker.mf.dispose()
    }
  },
)
