import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'
import { ROOT } from './processes.ts'

let collector: Collector
let workerd: Awaited<ReturnType<typeof startWorkerd>>

beforeAll(async () => {
  collector = await startCollector()
  workerd = await startWorkerd({
    modules: true,
    script: await bundleWorker(`${ROOT}/examples/shop/src/index.ts`),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { SEGMENT_WRITE_KEY: 'wk', SEGMENT_HOST: collector.url },
  })
})
afterAll(async () => {
  await workerd?.mf.dispose()
  await collector?.close()
})

it('in workerd, a visitor views a product and buys it, under one id', async () => {
  const looked = await fetch(`${workerd.url}/products/p-1`)
  expect(await looked.text()).toContain('Teapot, 24.50 EUR')
  const [cookie = ''] = looked.headers.getSetCookie()
  const [, anonymousId] = /^ajs_anonymous_id=([^;]+)/.exec(cookie) ?? []
  const body = new URLSearchParams({ product_id: 'p-1', email: 'ada@example.com' })
  const bought = await fetch(`${workerd.url}/orders`, { method: 'POST', body, headers: { cookie } })
  expect([bought.status, await bought.text()]).toEqual([201, expect.stringContaining('Thank you')])

  await vi.waitFor(() => expect(collector.events()).toHaveLength(3), 20_000)
  const rows = collector.events()
  expect(rows.filter(({ problems, duplicate }) => duplicate || problems.length > 0)).toEqual([])
  expect(rows.map(({ event }) => event.event ?? event.type)).toEqual(['Product Viewed', 'identify', 'Order Completed'])
  expect(new Set(rows.map(({ event }) => event.anonymousId))).toEqual(new Set([anonymousId]))
  expect(rows[1]?.event.userId).toBe(rows[2]?.event.userId)
  expect(rows[2]?.event.properties).toMatchObject({ revenue: 24.5, products: [{ product_id: 'p-1' }] })
  expect(collector.requests()).toHaveLength(2)
})

it('passes its own tests', async () => {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--root', 'examples/shop']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
  })
  expect(stdout).toMatch(/Tests +6 passed/)
})
