import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const script = await bundleWorker(fileURLToPath(new URL('recipes-worker.ts', import.meta.url)))

const MISSING: readonly Record<string, string>[] = [{}, { SEGMENT_WRITE_KEY: '' }]

describe.each(WORKERDS)('the recipes of docs/workers.md, on the $age workerd, $version:', (build) => {
  let collector: Collector
  let mf: Miniflare
  let url: string

  // Workers of one script in one workerd, each with its own secret, or none.
  const toWorker = (name: string, bindings: Record<string, string>) => ({
    name,
    modules: true as const,
    script,
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: ['enable_request_signal'],
    bindings: { SEGMENT_HOST: collector.url, ...bindings },
    serviceBindings: { SELF: name },
    workflows: { ORDERS: { name: `orders-of-${name}`, className: 'OrderFlow' } },
  })

  beforeAll(async () => {
    collector = await startCollector()
    const workers = [
      toWorker('main', { SEGMENT_WRITE_KEY: 'recipes' }),
      ...MISSING.map((bindings, index) => toWorker(`missing-${index}`, bindings)),
    ]
    ;({ mf, url } = await startWorkerd({ workers }, build))
  })
  afterAll(async () => {
    await mf?.dispose()
    await collector?.close()
  })
  beforeEach(() => collector.clear())

  test('a Workflow step that runs again tracks the same event, and returns its Outcome', async () => {
    await (await fetch(`${url}/order?id=order-1`)).text()
    const status = async () => (await fetch(`${url}/status?id=order-1`)).json()
    await vi.waitFor(async () => expect(await status()).toMatchObject({ status: 'complete' }), {
      timeout: 40_000,
      interval: 250,
    })
    await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(3), { timeout: 20_000 })
    expect(collector.events().map(({ event }) => [event.event, event.messageId])).toEqual([
      ['Charged', 'order-1/charge'],
      ['Charged', 'order-1/charge'],
      ['Shipped', 'order-1/ship'],
    ])
  })

  test('a caller that disconnects is tracked', async () => {
    expect(await (await fetch(`${url}/call`)).text()).toBe('gone')
    await vi.waitFor(() => expect(collector.events().map(({ event }) => event.event)).toEqual(['Caller Left']), {
      timeout: 20_000,
    })
  })

  test.each(MISSING)('a missing secret, as in %o, costs the events and not the site', async (bindings) => {
    const worker = await mf.getWorker(`missing-${MISSING.indexOf(bindings)}`)
    expect(await (await worker.fetch('http://worker/')).text()).toBe('ok')
    expect(collector.requests()).toEqual([])
  })

  test('an existing secret reaches a client at module scope', async () => {
    expect(await (await fetch(url)).text()).toBe('ok')
    await vi.waitFor(() => expect(collector.events().map(({ writeKey }) => writeKey)).toEqual(['recipes']), {
      timeout: 20_000,
    })
  })
})
