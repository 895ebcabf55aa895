import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { launchBrowser } from './browser.ts'

let browser: Browser
let collector: Collector
let site: Server
let html = ''
let script = ''

beforeAll(async () => {
  browser = await launchBrowser(['shop.test'])
  collector = await startCollector()
  site = createServer((request, response) => {
    const isScript = request.url === '/app.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : html)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => collector.clear())
afterAll(async () => {
  await browser.close()
  await collector.close()
  site.close()
})

const CALLS = `
  analytics.identify('ada', { email: 'ada@example.com' })
  analytics.track('Order Placed', { total: 1 })
  analytics.page('Docs', 'Home')
  analytics.group('acme', { name: 'ACME' })
  analytics.alias('ada-2', 'ada')
  analytics.screen('Main')`

/** Opens the site under a name until so many requests have come; answers with what the page could not do. */
async function visit(host: string, requestCount: number): Promise<string[]> {
  const page = await browser.newPage()
  const failures: string[] = []
  page.on('requestfailed', (request) => failures.push(request.url()))
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) failures.push(response.url())
  })
  await page.goto(`http://${host}:${(site.address() as AddressInfo).port}/`)
  await page.waitForFunction('globalThis.isDone === true')
  await expect.poll(() => collector.requests().length, { timeout: 20_000 }).toBe(requestCount)
  await page.close()
  return failures
}

const typesOf = () =>
  collector
    .events()
    .map(({ type }) => type)
    .sort()

it('accepts events of analytics.js from a page of another origin on this machine', async () => {
  const bundled = await build({
    stdin: {
      contents: `
        import { AnalyticsBrowser } from '@segment/analytics-next'
        const analytics = AnalyticsBrowser.load(
          { writeKey: 'browser-key', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'browser-key' } } } },
          { integrations: { 'Segment.io': { apiHost: '127.0.0.1:${collector.port}/v1', protocol: 'http' } } },
        )
        analytics.ready(() => { globalThis.isDone = true })
        ${CALLS}`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  script = bundled.outputFiles[0]?.text ?? ''
  html = '<!doctype html><title>shop</title><script src="/app.js"></script>'
  expect(await visit('localhost', 6)).toEqual([])
  expect(typesOf()).toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track'])
  expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
  expect(collector.events().every(({ writeKey }) => writeKey === 'browser-key')).toBe(true)
})

it('serves analytics.js, which then sends its events to the collector and none to Segment', async () => {
  html = `<!doctype html><title>shop</title><script>
    const analytics = (window.analytics = [])
    analytics._writeKey = 'snippet-key'
    analytics._cdn = '${collector.url}'
    for (const name of ['identify', 'track', 'page', 'group', 'alias', 'screen', 'ready']) {
      analytics[name] = (...args) => analytics.push([name, ...args])
    }
    ${CALLS}
    analytics.ready(() => { window.isDone = true })
  </script><script async data-global-segment-analytics-key="analytics" src="${collector.url}/analytics.js/v1/snippet-key/analytics.min.js"></script>`
  expect(await visit('localhost', 6)).toEqual([])
  expect(typesOf()).toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track'])
  expect(collector.events().every(({ writeKey }) => writeKey === 'snippet-key')).toBe(true)
})

it('accepts a batch from it', async () => {
  html = `<!doctype html><title>shop</title><script>
    const batch = [{ type: 'track', event: 'A', anonymousId: 'a1', messageId: 'ajs-next-1', timestamp: new Date() }]
    fetch('${collector.url}/v1/b', {
      method: 'POST', keepalive: true, headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify({ batch, writeKey: 'batch-key', sentAt: new Date() }),
    }).then(() => { window.isDone = true })
  </script>`
  expect(await visit('localhost', 1)).toEqual([])
  expect(collector.events()).toMatchObject([{ type: 'track', writeKey: 'batch-key', problems: [] }])
})

it('rejects a page of a foreign origin, and shows that it tried', async () => {
  html = `<!doctype html><title>evil</title><script>
    fetch('${collector.url}/v1/t', { method: 'POST', body: '{"event":"A","userId":"u","writeKey":"k"}' })
      .catch(() => {}).then(() => { window.isDone = true })
  </script>`
  expect((await visit('shop.test', 1)).length).toBeGreaterThan(0)
  expect(collector.events()).toEqual([])
  expect(collector.requests()).toMatchObject([
    { status: 403, reason: expect.stringContaining('foreign Origin http://shop.test') },
  ])
})
