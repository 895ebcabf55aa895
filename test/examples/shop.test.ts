import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { bundleWorker } from '../support/workerd.ts'
import { openWorker } from './open-worker.ts'
import { ROOT } from './processes.ts'

const { collector, url, takeEvents } = await openWorker(await bundleWorker(`${ROOT}/examples/shop/src/index.ts`))

it('in workerd, a visitor views a product and buys it, under one id', async () => {
  const looked = await fetch(`${url}/products/p-1`)
  expect(await looked.text()).toContain('Teapot, 24.50 EUR')
  const [cookie = ''] = looked.headers.getSetCookie()
  const [, anonymousId] = /^ajs_anonymous_id=([^;]+)/.exec(cookie) ?? []
  const body = new URLSearchParams({ product_id: 'p-1', email: 'ada@example.com' })
  const bought = await fetch(`${url}/orders`, { method: 'POST', body, headers: { cookie } })
  expect([bought.status, await bought.text()]).toEqual([201, expect.stringContaining('Thank you')])

  const events = await takeEvents(3)
  expect(events.map(({ event, type }) => event ?? type)).toEqual(['Product Viewed', 'identify', 'Order Completed'])
  expect(new Set(events.map((event) => event.anonymousId))).toEqual(new Set([anonymousId]))
  expect(events[1]?.userId).toBe(events[2]?.userId)
  expect(events[2]?.properties).toMatchObject({ revenue: 24.5, products: [{ product_id: 'p-1' }] })
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
