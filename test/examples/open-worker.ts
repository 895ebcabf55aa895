import type { Miniflare } from 'miniflare'
import { afterAll, beforeEach, expect, vi } from 'vitest'
import { type Collector, type ReceivedEvent, startCollector } from '../../collector/index.ts'
import { COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'

export interface ExampleWorker {
  readonly collector: Collector
  readonly url: string
  readonly mf: Miniflare
  /** The events once there are that many and no request is under way, so that one too many is among them. */
  takeEvents(count: number): Promise<ReceivedEvent['event'][]>
}

/** An example in workerd for a whole test file, with a collector that is emptied before each test. */
export async function openWorker(
  script: string,
  options: { queueProducers?: Record<string, { queueName: string }>; queueConsumers?: Record<string, object> } = {},
): Promise<ExampleWorker> {
  const collector = await startCollector()
  afterAll(() => collector.close())
  const bindings = { SEGMENT_WRITE_KEY: 'wk', SEGMENT_HOST: collector.url }
  const { url, mf } = await startWorkerd({
    modules: true,
    script,
    compatibilityDate: COMPATIBILITY_DATE,
    bindings,
    ...options,
  })
  afterAll(() => mf.dispose())
  beforeEach(() => collector.clear())
  return {
    collector,
    url,
    mf,
    async takeEvents(count) {
      await vi.waitFor(
        () => {
          expect(collector.events().length).toBeGreaterThanOrEqual(count)
          expect(collector.requests().filter(({ status }) => status !== 200)).toEqual([])
        },
        { timeout: 20_000 },
      )
      const rows = collector.events()
      expect(rows.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
      expect(rows).toHaveLength(count)
      return rows.map(({ event }) => event)
    },
  }
}
