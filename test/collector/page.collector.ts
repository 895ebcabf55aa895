import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Collector, startCollector } from '../../collector/index.ts'
import { Analytics } from '../../dist/index.js'
import { definePlan } from '../../dist/plan.js'
import { launchBrowser } from './browser.ts'
import { type Installed, installCollector } from './installed.ts'

const exec = promisify(execFile)
let browser: Browser
let context: BrowserContext
let page: Page
let collector: Collector
const complaints: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector({ page: true })
  context = await browser.newContext({ viewport: { width: 1200, height: 700 } })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: collector.url })
  page = await context.newPage()
  complaints.length = 0
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
  page.on('request', (request) => {
    if (!request.url().startsWith(collector.url)) complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(collector.url)
  await page.getByText('live').waitFor()
})
afterEach(async () => {
  await context.close()
  await collector.close()
  expect(complaints).toEqual([])
})

const createClient = (settings = {}) => new Analytics({ writeKey: 'a-write-key', host: collector.url, ...settings })
const row = (name: string | RegExp) => page.getByRole('option', { name })
const countText = () => page.locator('#count').textContent()

describe('a line', () => {
  it('appears within 100 ms of the request, with type, name, user, status and problems', async () => {
    await page.evaluate(`
      globalThis.seen = []
      new MutationObserver(() => seen.push(Date.now())).observe(document.querySelector('#rows'), { childList: true })`)
    const delays: number[] = []
    for (let count = 0; count < 10; count++) {
      await createClient().track({ userId: 'ada', event: `Order Placed ${count}` })
      await row(`Order Placed ${count}`).waitFor()
      const at = Date.parse(collector.events().at(-1)?.receivedAt ?? '')
      const seen = await page.evaluate<number[]>('seen')
      delays.push((seen.find((ms) => ms >= at) ?? Number.POSITIVE_INFINITY) - at)
    }
    expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(100)

    await createClient().track({ userId: 'undefined', event: 'Order Complete', properties: { revenue: '1' } })
    expect(await row('Order Complete').textContent()).toMatch(/track.*Order Complete.*undefined.*200.*⚠ 3/)
  })

  it('is shown as text, whatever it contains', async () => {
    const event = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    await createClient().track({ userId: '<b>u</b>', event, properties: { __proto__: null, text: event } })
    await row(/<img/).click()
    await page.locator('#detail pre').waitFor()
    expect(await page.title()).toBe('Collector')
    expect(await page.locator('main img, main script, main b').count()).toBe(0)
  })
})

describe('the details of an event', () => {
  it.each([
    ['accepted', 15_000],
    ['rejected', 240_000],
  ])('are shown at once for one of a thousand levels that is %s', async (_, count) => {
    const list = `${'['.repeat(990)}${'0,'.repeat(count)}0${']'.repeat(990)}`
    await fetch(`${collector.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa('k:')}` },
      body: `{"event":"Deep","userId":"u","messageId":"deep","properties":{"list":${list}}}`,
    })
    await row('Deep').click({ timeout: 10_000 })
    await page.locator('#detail pre').waitFor({ timeout: 10_000 })
    await page.getByRole('button', { name: 'Close' }).click({ timeout: 10_000 })
  })

  it('show JSON, size, findings, every attempt with its headers, and the timeline of its invocation', async () => {
    collector.fail({ status: 503, times: 2 })
    const scope = createClient().scope({ userId: 'ada', context: { invocationId: 'req-1' } })
    scope.track({ event: 'Checkout Started' })
    scope.track({ event: 'Order Complete', properties: { orderId: 'o-1' } })
    await scope.flush()
    await row('Order Complete').click()
    const detail = page.locator('#detail')
    await detail.getByText('"invocationId": "req-1"').waitFor()
    const text = (await detail.textContent()) ?? ''
    expect(text).toMatch(/\d+ of 32,768 bytes/)
    expect(text).toContain('the spec calls it order_id')
    expect(text).toContain('3 requests')
    expect(text).toMatch(/503.*retry 0.*503.*retry 1.*200.*retry 2/)
    expect(text).toContain('x-retry-count')
    expect(await detail.locator('.timeline li').count()).toBe(5)
    expect(text).not.toContain(Buffer.from('a-write-key:').toString('base64'))
    expect(await page.content()).not.toContain('a-write-key')
    // When, and from which invocation and request.
    expect(await row('Order Complete').textContent()).toMatch(/\d\d:\d\d:\d\d.*Order Complete.*req-1 #0.*503×2→200/)

    await detail.getByRole('button', { name: 'Only this invocation' }).click()
    await createClient().track({ userId: 'ada', event: 'Another' })
    await expect.poll(countText).toContain('3 events')
    expect(await page.locator('.row').count()).toBe(2)
  })

  it('stay as they are, except for the timeline, while an invocation of thousands of events goes on', async () => {
    const client = createClient().scope({ context: { requestId: 'endless' } })
    const send = async (count: number) => {
      for (let index = 0; index < count; index++)
        client.track({ userId: 'ada', event: `Step ${index}`, properties: { text: 'x'.repeat(1_000) } })
      await client.flush()
    }
    await send(2_000)
    await expect.poll(countText).toContain('2,000 events')
    await page.keyboard.press('G')
    let isSending = true
    const sending = (async () => {
      while (isSending) await Promise.all([send(10), new Promise((resolve) => setTimeout(resolve, 50))])
    })()
    await page.locator('#detail summary').click({ timeout: 5_000 })
    const more = page.locator('.timeline .facts')
    const before = await more.textContent()
    await expect.poll(() => more.textContent()).not.toBe(before)
    expect(await page.locator('#detail details[open]').count()).toBe(1)
    isSending = false
    await sending
  })

  it('are shown even if it was rejected, like a poison event in a batch', async () => {
    await page.getByRole('button', { name: 'Poison' }).click()
    await expect.poll(() => page.locator('#faults [aria-pressed=true]').count()).toBe(1)
    const client = createClient({ flushAt: 3 })
    client.on('error', () => {})
    for (const event of ['Bad', 'Good', 'Fine']) client.track({ userId: 'ada', event })
    expect(await client.closeAndFlush()).toMatchObject({ delivered: 2, failed: 1 })
    await page.getByLabel('only problems').check()
    await row('Bad').waitFor()
    expect(await page.locator('.row').count()).toBe(1)
  })
})

describe('faults', () => {
  it.each([
    ['Down', 503],
    ['429', 429],
  ])('start with the button %s, and end when it is pressed again', async (name, status) => {
    const pressed = page.locator('#faults [aria-pressed=true]')
    const post = async () => (await fetch(`${collector.url}/v1/track`, { method: 'POST' })).status
    await page.getByRole('button', { name }).click()
    await expect.poll(() => pressed.count()).toBe(1)
    expect(await post()).toBe(status)
    await page.getByRole('button', { name }).click()
    await expect.poll(() => pressed.count()).toBe(0)
    expect(await post()).not.toBe(status)
  })
})

it('Slow delays each answer by three seconds', async () => {
  await page.getByRole('button', { name: 'Slow' }).click()
  await expect.poll(() => page.locator('#faults [aria-pressed=true]').count()).toBe(1)
  const delivery = createClient().track({ userId: 'ada', event: 'Waits' })
  void delivery.then(() => {})
  await row('Waits').filter({ hasText: 'pending' }).waitFor()
  expect(await delivery).toMatchObject({ status: 'delivered', attempts: 1 })
  await row('Waits').filter({ hasText: '200' }).waitFor()
  expect(collector.requests()[0]?.durationMs).toBeGreaterThan(2_900)
})

describe('1,000 events at 200 a second', () => {
  it('all appear, and a search takes less than 100 ms', async () => {
    const sending = (async () => {
      for (let tick = 0; tick < 100; tick++) {
        const client = createClient()
        for (let count = 0; count < 10; count++) {
          client.track({
            userId: `u-${count}`,
            event: `Event ${tick * 10 + count}`,
            properties: { text: 'x'.repeat(500) },
          })
        }
        await Promise.all([client.flush(), new Promise((resolve) => setTimeout(resolve, 50))])
      }
    })()
    // While they arrive, somebody searches.
    const search = page.getByLabel('Search', { exact: true })
    for (const text of ['event 1', 'event 12', 'u-3', '']) await search.fill(text)
    await sending
    await expect.poll(countText).toContain('1,000 events')
    await search.fill('event 777')
    await expect.poll(() => page.locator('.row').count()).toBe(1)
    for (let count = 0; count < 5; count++) for (const text of ['e', 'nothing', 'u-7']) await search.fill(text)
    const durations = await page.evaluate<number[]>(
      `performance.getEntriesByName('search', 'measure').map((each) => each.duration)`,
    )
    durations.sort((a, b) => a - b)
    expect(durations.length).toBeGreaterThan(15)
    // One may have met a collection of garbage, or the other tests of a busy machine.
    expect(durations[Math.floor(durations.length * 0.9)]).toBeLessThan(100)

    await search.fill('')
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await row(/Event 0\b/).waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(80)
    const names = new Set<string>()
    for (let top = 0; top < 1000 * 32; top += 500) {
      await page.evaluate(`new Promise((resolve) => {
        document.querySelector('#list').scrollTop = ${top}
        requestAnimationFrame(() => requestAnimationFrame(resolve))
      })`)
      for (const name of await page.locator('.row .name').allTextContents()) names.add(name)
    }
    expect(names.size).toBe(1000)
  })

  it('more than 10,000 drop the oldest, on the page as in the collector', async () => {
    const batch = (from: number) =>
      Array.from({ length: 2500 }, (_, count) => ({
        type: 'track',
        event: `E${from + count}`,
        userId: 'u',
        messageId: `m${from + count}`,
      }))
    for (let from = 0; from < 12_500; from += 2500) {
      const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('k:')}` }
      const response = await fetch(`${collector.url}/v1/batch`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ batch: batch(from) }),
      })
      expect(response.status).toBe(200)
    }
    await expect.poll(countText, { timeout: 20_000 }).toContain('10,000 events')
    await page.keyboard.press('g')
    await row(/E2500\b/).waitFor()
    expect(collector.events()).toHaveLength(10_000)
    await page.reload()
    await expect.poll(countText, { timeout: 20_000 }).toContain('10,000 events')
  })
})

describe('the controls', () => {
  it('filter by type and user, pause, resume and clear', async () => {
    const client = createClient()
    client.track({ userId: 'ada', event: 'A' })
    client.identify({ userId: 'ada' })
    client.track({ userId: 'bob', anonymousId: 'anon-7', event: 'B' })
    await client.flush()
    await row('bob').waitFor()
    await page.getByLabel('Type').selectOption('track')
    await expect.poll(() => page.locator('.row').count()).toBe(2)
    await page.getByLabel('User id').fill('anon-7')
    await expect.poll(() => page.locator('.row').count()).toBe(1)
    await page.getByLabel('User id').fill('')
    await page.getByLabel('Type').selectOption('')

    await page.getByRole('button', { name: 'Pause' }).click()
    await client.track({ userId: 'eve', event: 'C' })
    await expect.poll(countText).toContain('paused, 1 new')
    expect(await page.locator('.row').count()).toBe(3)
    await page.getByLabel('Type').selectOption('track')
    await expect.poll(() => page.locator('.row').count()).toBe(2)
    await page.getByLabel('Type').selectOption('')
    await expect.poll(() => page.locator('.row').count()).toBe(3)
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(() => page.locator('.row').count()).toBe(4)

    collector.fail({ delayMs: 1 })
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('No events yet').waitFor()
    expect(collector.events()).toEqual([])
    expect(await (await fetch(`${collector.url}/_/faults`)).json()).toHaveLength(1)
  })

  it('search for a text as it is, as the event shows it, and for where a problem is', async () => {
    const client = createClient()
    client.track({ userId: 'ada', event: 'Found', properties: { size: '5" pipe', total: 42, orderId: 'o' } })
    client.track({ userId: 'bob', event: 'Other', properties: { size: '6', total: 43 } })
    await client.flush()
    await row('Other').waitFor()
    const search = page.getByLabel('Search', { exact: true })
    for (const text of ['5" pipe', '"size": "5\\" pipe"', '"total": 42', '"TOTAL":42', 'properties.orderId']) {
      await search.fill('')
      await expect.poll(() => page.locator('.row').count()).toBe(2)
      await search.fill(text)
      await expect
        .poll(() => page.locator('.row').allTextContents(), { message: text })
        .toEqual([expect.stringContaining('Found')])
    }
  })

  it('work without a mouse', async () => {
    const client = createClient()
    for (const event of ['First', 'Second', 'Third']) client.track({ userId: 'ada', event })
    await client.flush()
    await row('Third').waitFor()
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'track Third' }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('heading', { name: 'track Second' }).waitFor()
    await page.keyboard.press('t')
    await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()')).toContain('"Second"')
    await page.keyboard.press('g')
    await page.getByRole('heading', { name: 'track First' }).waitFor()
    await page.keyboard.press('Shift+G')
    await page.getByRole('heading', { name: 'track Third' }).waitFor()
    await page.keyboard.press('o')
    await expect.poll(() => page.locator('.row').count()).toBe(0)
    await page.keyboard.press('o')
    await page.keyboard.press('Escape')
    expect(await page.locator('#detail').isVisible()).toBe(false)
    await page.keyboard.press('/')
    await page.keyboard.type('first')
    await expect.poll(() => page.locator('.row').count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+C')
    await page.getByText('No events yet').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Go on' }).waitFor()
  })

  it('reconnects by itself after a restart', async () => {
    await createClient().track({ userId: 'ada', event: 'Before' })
    await row('Before').waitFor()
    const { port } = collector
    await collector.close()
    await page.getByText('not connected').waitFor()
    // Something else has the port for a while. A browser gives up after such an answer.
    const other = createServer((_, response) => response.writeHead(404).end()).listen(port, '127.0.0.1')
    await once(other, 'request')
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
    collector = await startCollector({ page: true, port })
    await createClient().track({ userId: 'ada', event: 'After' })
    await row('After').waitFor({ timeout: 30_000 })
    expect(await page.locator('.row').count()).toBe(1)
    // Chromium says by itself that the connection was lost, and what answered instead.
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !/net::ERR_|404/.test(text)))
  })

  it.each(['light', 'dark'] as const)('is readable on a phone, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 640 })
    // Nothing in it has a place to break, and its time makes the timeline long.
    const long = 'Order_Placed'.repeat(30)
    const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('k:')}`, [`x-${long}`]: long }
    const event = { event: long, userId: long, context: { requestId: long }, properties: { [long]: long } }
    const body = JSON.stringify({ ...event, timestamp: '1970-01-01T00:00:00Z' })
    await fetch(`${collector.url}/v1/track`, { method: 'POST', headers, body })
    await page.locator('.row').click()
    await page.getByText(/^\d+ headers$/).click()
    await page.getByRole('button', { name: 'Only this invocation' }).click()
    const isWide = await page.evaluate(
      `[document.documentElement, document.querySelector('#detail')].some((box) => box.scrollWidth > box.clientWidth)`,
    )
    const box = await page.locator('#detail').boundingBox()
    const [back, text] = await page.evaluate<string[]>(
      `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]`,
    )
    expect({ isWide, width: box?.width }).toEqual({ isWide: false, width: 360 })
    const brightness = (color = '') => Number(/\d+/.exec(color)?.[0])
    expect(brightness(back) > brightness(text)).toBe(colorScheme === 'light')
  })
})

describe('with a plan', () => {
  it('a line shows what is not in the plan or does not match it, even with an asynchronous schema', async () => {
    await page.goto('about:blank')
    await collector.close()
    const slow = z.object({ sku: z.string().refine(async (sku) => sku !== 'gone', 'is <b>gone</b>') })
    const order = z.object({ total: z.number(), items: z.array(z.object({ price: z.number() })) })
    const plan = definePlan({
      events: { 'Order Placed': order, 'Item Seen': slow },
      traits: z.object({ level: z.number() }),
    })
    collector = await startCollector({ page: true, plan })
    await page.goto(collector.url)
    const client = createClient()
    client.track({ userId: 'ada', event: 'Order Plcaed' })
    client.track({ userId: 'ada', event: 'Order Placed', properties: { total: 1, items: [{ price: '2' }] } })
    client.track({ userId: 'ada', event: 'Item Seen', properties: { sku: 'gone' } })
    client.track({ userId: 'ada', event: 'Item Seen', properties: { sku: 'there' } })
    client.identify({ userId: 'ada', traits: { level: '7' } })
    await client.flush()
    const detail = page.locator('#detail')
    const wrong = async (name: string, index: number) => {
      await page.locator('.row', { hasText: name }).nth(index).click()
      await detail.getByRole('heading', { name }).waitFor()
      return detail.locator('.wrong').allTextContents()
    }
    expect(await wrong('Order Plcaed', 0)).toEqual([
      'not-in-plan event: "Order Plcaed" is not in the plan; "Order Placed" is',
    ])
    expect(String(await wrong('Order Placed', 0))).toMatch(/^plan properties\.items\[0\]\.price: /)
    expect(await wrong('Item Seen', 0)).toEqual(['plan properties.sku: is <b>gone</b>'])
    expect(await wrong('Item Seen', 1)).toEqual([])
    expect(String(await wrong('identify', 0))).toContain('plan traits.level: ')
    await page.getByLabel('only problems').check()
    await expect.poll(() => page.locator('.row').count()).toBe(4)
  })
})

it('what a slow schema finds appears in an open event, and in a search for it', async () => {
  await page.goto('about:blank')
  await collector.close()
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  const slow = z.object({ sku: z.string().refine(() => asked.then(() => false), 'is sold out') })
  collector = await startCollector({ page: true, plan: definePlan({ events: { 'Item Seen': slow } }) })
  await page.goto(collector.url)
  const client = createClient()
  for (const event of ['Item Seen', 'Item Seen']) client.track({ userId: 'ada', event, properties: { sku: 'a' } })
  await client.flush()
  await row('Item Seen').first().click()
  await page.getByRole('heading', { name: 'Item Seen' }).waitFor()
  expect(await page.locator('.wrong').count()).toBe(0)
  await page.getByLabel('Search', { exact: true }).fill('sold out')
  await expect.poll(() => page.locator('.row').count()).toBe(0)
  answer()
  await expect.poll(() => page.locator('.row').count()).toBe(2)
  expect(await page.locator('.wrong').textContent()).toBe('plan properties.sku: is sold out')
})

describe('copy as a test', () => {
  let installed: Installed
  beforeAll(async () => {
    installed = await installCollector()
  })
  afterAll(() => installed.remove())

  it('produces a test that passes', async () => {
    const client = createClient()
    client.track({
      userId: 'ada',
      event: `It's "placed" \${1} \` </script>`,
      properties: { total: 1, list: [null, 'é'] },
    })
    client.group({
      anonymousId: 'a1',
      groupId: 'g1',
      traits: JSON.parse('{ "name": "ACME", "__proto__": { "a": 1 } }'),
    })
    await client.flush()
    for (const name of [/placed/, /g1/]) {
      await row(name).click()
      await page.getByRole('button', { name: 'Copy as test' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const copied = await page.evaluate<string>('navigator.clipboard.readText()')
      expect(copied).toContain("from 'analytics-edge/testing'")
      await writeFile(join(installed.project, 'copied.test.mjs'), copied)
      const { stdout } = await exec(process.execPath, ['--test', 'copied.test.mjs'], { cwd: installed.project })
      expect(stdout).toMatch(/pass 1/)
    }
  })
})
