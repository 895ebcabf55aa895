import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runScript, type Script } from '../examples/processes.ts'
import { listDescendants, listRunning } from '../support/process-tree.ts'
import { launchBrowser } from './browser.ts'

let browser: Browser
let shop: Script
beforeAll(async () => {
  browser = await launchBrowser()
  shop = runScript('scripts/shop.ts')
})
afterAll(async () => {
  await shop.stop()
  await browser.close()
})

const findUrl = (name: string) => new RegExp(`^${name} +(http://\\S+)$`, 'm').exec(shop.output())?.[1] ?? ''
const row = (page: Page, name: string) => page.locator('.row', { hasText: name })

/** The steps that the README goes through. */
it('npm run shop shows events, faults and drift, and leaves nothing behind', async () => {
  await shop.waitFor('Ctrl-C stops both')
  const context = await browser.newContext()
  const [store, collector] = [await context.newPage(), await context.newPage()]
  await collector.goto(findUrl('What it sends'))
  await store.goto(findUrl('The shop'))
  await store.getByRole('link', { name: 'Teapot' }).click()
  await row(collector, 'Product Viewed').waitFor()

  await collector.getByRole('button', { name: 'Down' }).click()
  await collector.locator('#faults [aria-pressed=true]').waitFor()
  await store.getByRole('button', { name: 'Buy' }).click()
  await store.getByText('Thank you').waitFor()
  await row(collector, 'Order Completed').filter({ hasText: '503' }).waitFor()
  await collector.getByRole('button', { name: 'Down' }).click()
  await row(collector, 'Order Completed').filter({ hasText: '→200' }).waitFor()
  // One visitor, whose browser keeps the id that the shop has given it.
  const [cookie] = await context.cookies()
  await row(collector, 'Product Viewed').click()
  await collector.locator('#detail').getByText(`"anonymousId": "${cookie?.value}"`).waitFor()
  await row(collector, 'Order Completed').click()
  await collector.locator('#detail').getByText(`"anonymousId": "${cookie?.value}"`).waitFor()
  expect(await collector.locator('.row.is-problem').count()).toBe(0)

  // What curl would send; not every machine has it.
  const [, url = '', body = ''] = /^ +curl (\S+) -u any: .* -d '(.*)'$/m.exec(shop.output()) ?? []
  const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('any:')}` }
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
  await collector.locator('.row.is-problem', { hasText: 'Order Complete' }).click()
  await collector.locator('#detail').getByText('"Order Complete" is not in the plan; "Order Completed" is').waitFor()
  await shop.waitFor('NOT-IN-PLAN  event: "Order Complete" is not in the plan')

  const descendants = listDescendants(shop.pid)
  expect(descendants).not.toHaveLength(0)
  shop.kill('SIGINT')
  expect(await shop.exitCode, shop.output()).toBe(0)
  expect(listRunning(descendants)).toEqual([])
})
