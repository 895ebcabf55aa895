import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import { type Collector, type Fault, startCollector } from '../../../collector/index.ts'
import { endAll, LONG_MS } from './child.ts'

/** So long that whatever waits for it is found out. */
export const FOREVER_MS = 600_000

export const THREE = ['One', 'Two', 'Three']

export interface Collected {
  /** The environment of a fixture, with its own write key to distinguish its events. */
  createEnv(config?: object): Record<string, string>
  /** As `createEnv`, by the names that the recipes of the documents use. */
  createRecipeEnv(port?: number): Record<string, string>
  fail(fault: Fault): void
  /** Names of the events that arrived, each of them fit for Segment and there for the first time. */
  receivedNames(): unknown[]
  /** Whose they are. */
  receivedUserIds(): unknown[]
  requestCount(): number
  /** What its requests were answered with. */
  statuses(): unknown[]
  /** Waits for the first request, or for so many. */
  waitForRequest(count?: number): Promise<void>
}

/** A collector for the programs that the tests of a file start; what a failed test leaves running is ended. */
export function useCollector(): Collected {
  let collector: Collector
  let writeKey: string

  beforeAll(async () => {
    collector = await startCollector()
  })
  afterEach(endAll)
  afterAll(() => collector.close())

  const rows = () => {
    const all = collector.events({ writeKey })
    expect(all.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
    return all
  }
  const requestCount = () => collector.requests({ writeKey }).length
  return {
    createRecipeEnv(port = 0) {
      writeKey = `wk_${randomUUID()}`
      return { SEGMENT_HOST: collector.url, SEGMENT_WRITE_KEY: writeKey, PORT: String(port) }
    },
    createEnv(config = {}) {
      writeKey = `wk_${randomUUID()}`
      return { COLLECTOR_URL: collector.url, WRITE_KEY: writeKey, CONFIG: JSON.stringify(config) }
    },
    fail: (fault) => void collector.fail({ ...fault, writeKey }),
    receivedNames: () => rows().map(({ type, event }) => event.event ?? type),
    receivedUserIds: () => rows().map(({ event }) => event.userId),
    requestCount,
    statuses: () => collector.requests({ writeKey }).map(({ status }) => status),
    waitForRequest: (count = 1) =>
      vi.waitFor(() => expect(requestCount()).toBe(count), { timeout: LONG_MS, interval: 5 }),
  }
}
