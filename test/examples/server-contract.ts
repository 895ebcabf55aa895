import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { findEngine } from '../support/engines.ts'
import { startProcess } from '../support/start-process.ts'
import { ROOT } from './processes.ts'

/** At most so many requests at a time. */
const CONCURRENT_COUNT = 8
/** Far more than anything takes that works. */
const LONG_MS = 20_000

export interface ServerExample {
  readonly name: string
  /** From the root of the repository, where it is run. */
  readonly executable: string
  readonly args: readonly string[]
  /** The events of a `POST /orders`, in order. */
  readonly orderEvents: readonly string[]
}

/** What each example that is a server does, in real processes. */
export function describeServer({ name, executable, args, orderEvents }: ServerExample): void {
  const path = findEngine(name, executable)
  if (path === undefined) return
  describe(name, () => {
    let collector: Collector
    let server: Server

    beforeAll(async () => {
      collector = await startCollector()
    })
    beforeEach(async () => {
      collector.clear()
      server = await startServer(path, args, collector.url)
    })
    afterEach(() => server.kill('SIGKILL'))
    afterAll(() => collector.close())

    const visit = (userId: string) => ask(`${server.url}/visit?user=${userId}`, 200).then(() => visitEvents(userId))
    const order = (userId: string) =>
      ask(`${server.url}/orders?user=${userId}`, 201, 'POST').then(() =>
        orderEvents.map((event) => `${userId} ${event}`),
      )

    /** Each event that arrived, as `user event`; all of them are well-formed. */
    const arrivals = () => {
      const rows = collector.events()
      expect(rows.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
      return rows.map(({ event }) => `${event.userId} ${event.event ?? event.type}`).sort()
    }

    it('answers before the Tracking API does, and delivers every event of many requests once', async () => {
      collector.fail({ delayMs: 3_000, times: 1 })
      const owed = await visit('first')
      expect(collector.requests().filter(({ status }) => status !== 'pending')).toEqual([])

      const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
      await inTurns(users, async (userId) => void owed.push(...(await visit(userId)), ...(await order(userId))))
      const stoppedAtMs = Date.now()
      server.kill('SIGTERM')
      expect(await server.ending, server.output()).toEqual([0, null])
      expect(Date.now() - stoppedAtMs, 'well before a flushInterval is over').toBeLessThan(8_000)
      expect(arrivals()).toEqual(owed.sort())
      // The two events of a visit travel together.
      expect(collector.requests().length).toBeLessThanOrEqual(1 + users.length * (1 + orderEvents.length))
    })

    it('loses no event of an answered request on SIGTERM, even if the Tracking API rejected everything until then', async () => {
      const recover = collector.fail({ retryAfter: 1 })
      const users = Array.from({ length: 10 }, (_, index) => `user-${index}`)
      const owed = (await Promise.all(users.map(visit))).flat()
      await vi.waitFor(() => expect(collector.requests().some(({ status }) => status === 429)).toBe(true), LONG_MS)

      // The server stops while these are under way. One that came too late gets no answer, and is owed nothing.
      const late = users.map((userId) => order(`late-${userId}`))
      owed.push(...(await Promise.any(late)))
      server.kill('SIGTERM')
      const answered = (await Promise.allSettled(late)).flatMap((result) =>
        result.status === 'fulfilled' ? result.value : [],
      )
      expect(collector.events()).toEqual([])
      recover()

      expect(await server.ending, server.output()).toEqual([0, null])
      expect(arrivals()).toEqual(expect.arrayContaining([...owed, ...answered]))
    })
  })
}

function visitEvents(userId: string): string[] {
  return [`${userId} identify`, `${userId} Visited`]
}

async function ask(url: string, status: number, method = 'GET'): Promise<void> {
  const response = await fetch(url, { method })
  await response.text()
  expect(response.status).toBe(status)
}

async function inTurns(users: readonly string[], act: (userId: string) => Promise<void>): Promise<void> {
  const waiting = [...users]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next)
  }
  await Promise.all(Array.from({ length: CONCURRENT_COUNT }, work))
}

interface Server {
  readonly url: string
  readonly ending: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  output(): string
  kill(signal: NodeJS.Signals): void
}

async function startServer(path: string, args: readonly string[], collectorUrl: string): Promise<Server> {
  // Not the test runner's own NODE_OPTIONS and the like.
  const env = { PATH: process.env.PATH, PORT: '0', SEGMENT_WRITE_KEY: 'wk', SEGMENT_HOST: collectorUrl }
  const { child, output } = startProcess(path, args, ROOT, env)
  const ending = child.then(({ exitCode, signal }): Awaited<Server['ending']> => [exitCode ?? null, signal ?? null])
  const url = await vi.waitFor(() => {
    const [, found] = /^listening on (http:\S+)$/m.exec(output()) ?? []
    if (found === undefined) throw new Error(`${path} does not listen: ${output()}`)
    return found
  }, LONG_MS)
  return { url, ending, output, kill: (signal) => void child.kill(signal) }
}
