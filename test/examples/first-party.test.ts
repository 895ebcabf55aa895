import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import Chromium from '@sparticuz/chromium'
import { build } from 'esbuild'
import type { Miniflare } from 'miniflare'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd } from '../support/workerd.ts'

const WRITE_KEY = 'wk_secret_first_party'
const ID = '0b0a2a5c-9a3d-4c1e-8f57-6d0d3c1b2a19'
const HOST = 'www.example.test'

/** What the page has of analytics.js. */
interface Analytics {
  user(): Promise<{ anonymousId(): string; id(): string | null }>
  page(): Promise<unknown>
  track(event: string): Promise<unknown>
  identify(userId: string): Promise<unknown>
  reset(): Promise<unknown>
}
declare const start: (isBatching: boolean) => Analytics

/** The site: a page that loads analytics.js when it is told to, and sets the cookie that the query asks for. */
const SITE = (script: string) => `const script = ${JSON.stringify(script)}
  export default { fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/page.js') return new Response(script, { headers: { 'Content-Type': 'text/javascript' } })
    const headers = new Headers({ 'Content-Type': 'text/html' })
    if (searchParams.has('set')) headers.set('Set-Cookie', searchParams.get('set'))
    return new Response('<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>', { headers })
  } }`

// Its binary is for one platform.
const hasChromium = process.platform === 'linux' && process.arch === 'x64'

const describeIn = hasChromium ? describe : () => {}

describeIn('the first-party Worker, with analytics.js in Chromium', () => {
  let collector: Collector
  let cdn: Server
  let mf: Miniflare
  let browser: Browser
  let port: string
  let context: BrowserContext
  let page: Page
  const shown: string[] = []

  beforeAll(async () => {
    collector = await startCollector()
    cdn = createServer((_request, response) => {
      response.end(
        JSON.stringify({ integrations: { 'Segment.io': { apiKey: WRITE_KEY, apiHost: 'api.segment.io/v1' } } }),
      )
    }).listen(0, '127.0.0.1')
    const [worker, script] = await Promise.all([
      bundleWorker(fileURLToPath(new URL('../../examples/first-party/src/index.ts', import.meta.url))),
      bundlePage(),
      once(cdn, 'listening'),
    ])
    const shared = { modules: true as const, compatibilityDate: COMPATIBILITY_DATE }
    const started = await startWorkerd({
      workers: [
        {
          ...shared,
          name: 'first-party',
          script: worker,
          compatibilityFlags: ['nodejs_compat'],
          bindings: {
            SEGMENT_WRITE_KEY: WRITE_KEY,
            SEGMENT_HOST: collector.url,
            // The cast: it listens on a port.
            SEGMENT_CDN: `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`,
          },
          serviceBindings: { SITE: 'site' },
        },
        { ...shared, name: 'site', script: SITE(script) },
      ],
    })
    mf = started.mf
    port = new URL(started.url).port
    browser = await chromium.launch({
      executablePath: await Chromium.executablePath(),
      args: [
        // As a single process, the browser ends with its first context.
        ...Chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--no-zygote'),
        '--no-sandbox',
        '--host-resolver-rules=MAP * 127.0.0.1',
        '--disable-background-networking',
      ],
    })
  })

  afterAll(async () => {
    await browser?.close()
    await mf?.dispose()
    cdn?.close()
    await collector?.close()
  })

  beforeEach(async () => {
    collector.clear()
    shown.length = 0
    await visitAs({})
  })
  afterEach(async () => {
    await context.close()
    // However often the browser or the Worker has tried.
    expect(collector.events().filter(({ duplicate }) => duplicate)).toEqual([])
    expect(collector.events().filter(({ writeKey }) => writeKey !== WRITE_KEY)).toEqual([])
    expect(shown.join('')).not.toContain(WRITE_KEY)
  })

  /** A new visitor. */
  async function visitAs(headers: Record<string, string>, consent = 'Analytics'): Promise<void> {
    await context?.close()
    context = await browser.newContext({ extraHTTPHeaders: headers })
    if (consent) await context.addCookies([{ name: 'consent', value: consent, domain: `.${HOST.slice(4)}`, path: '/' }])
    page = await context.newPage()
    page.on('response', (response) => {
      if (/settings|page\.js/.test(response.url()))
        response.text().then(
          (text) => shown.push(text),
          () => {},
        )
    })
  }

  const goto = (path = '/', host = HOST) => page.goto(`http://${host}:${port}${path}`)
  /** Loads analytics.js on the page, and answers with whom it thinks to see. */
  const load = (isBatching = false) =>
    page.evaluate(async (isBatching) => {
      const analytics = start(isBatching)
      Object.assign(globalThis, { analytics })
      const user = await analytics.user()
      return { anonymousId: user.anonymousId(), userId: user.id() }
    }, isBatching)
  const call = <Name extends 'track' | 'identify'>(name: Name, value: string) =>
    page.evaluate(([name, value]) => (globalThis as unknown as { analytics: Analytics }).analytics[name](value), [
      name,
      value,
    ] as const)
  const cookies = async (name = 'ajs_anonymous_id') =>
    (await context.cookies()).filter((cookie) => cookie.name === name)

  /** The events with one of the names, once all of them are there. */
  async function arrived(...names: string[]) {
    const find = (name: string) => collector.events().find(({ event }) => (event.event ?? event.type) === name)
    await vi.waitFor(() => expect(names.filter((name) => !find(name))).toEqual([]), { timeout: 15_000 })
    return names.map((name) => find(name)?.event ?? {})
  }

  test.each([
    ['Domain of the site', HOST, `${ID}; Domain=example.test`, true, 1],
    ['Domain of a site under co.uk', 'www.example.co.uk', `${ID}; Domain=example.co.uk`, true, 1],
    ['Domain below a public suffix', 'app.herokuapp.com', `${ID}; Domain=app.herokuapp.com`, true, 1],
    ['host-only on a sub-domain', HOST, ID, true, 2],
    ['host-only on localhost', 'localhost', ID, true, 1],
    ['quoted as JSON', HOST, `%22${ID}%22; Domain=example.test`, true, 1],
    ['HttpOnly', HOST, `${ID}; Domain=example.test; HttpOnly`, false, 1],
    ['Domain that is a public suffix', 'app.herokuapp.com', `${ID}; Domain=herokuapp.com`, false, 1],
  ])(
    "analytics.js adopts the server's cookie, %s, on %s, as the table says",
    async (_, host, cookie, isAdopted, count) => {
      // Without consent, so that the Worker sets no cookie of its own.
      await visitAs({}, '')
      const header = `ajs_anonymous_id=${cookie}; Path=/; Max-Age=31536000; SameSite=Lax`
      await goto(`/?set=${encodeURIComponent(header)}`, host)
      expect((await load()).anonymousId === ID).toBe(isAdopted)
      expect(await cookies()).toHaveLength(count)
    },
  )

  test.each([HOST, 'www.example.co.uk', 'app.herokuapp.com', 'localhost'])(
    'on %s our cookie equals the one that analytics.js would have written',
    async (host) => {
      await context.clearCookies()
      await context.addCookies([{ name: 'consent', value: 'Analytics', domain: host, path: '/' }])
      await goto('/', host)
      const [ours] = await cookies()
      await load()
      expect(ours).toBeDefined()
      const [theirs, ...others] = await cookies()
      expect(others).toEqual([])
      expect({ ...theirs, expires: 0 }).toEqual({ ...ours, expires: 0 })
    },
  )

  test('a visitor has one id on both sides from the first visit', async () => {
    await goto('/?utm_source=news')
    const { anonymousId } = await load()
    await call('track', 'Clicked')
    const [served, clicked] = await arrived('Page Served', 'Clicked')
    expect([served?.anonymousId, clicked?.anonymousId]).toEqual([anonymousId, anonymousId])
    expect(served?.context).toMatchObject({ campaign: { source: 'news' }, page: { path: '/' } })
    expect(clicked?.context).toMatchObject({ library: { name: 'analytics.js' }, page: { path: '/' } })
    expect(clicked?.context).toHaveProperty('location.country')
    expect(await cookies()).toHaveLength(1)
  })

  test('a returning visitor whose localStorage was wiped is the same visitor', async () => {
    await goto()
    const { anonymousId } = await load()
    await page.evaluate(() => localStorage.clear())
    collector.clear()
    await goto()
    expect((await load()).anonymousId).toBe(anonymousId)
    expect((await arrived('Page Served'))[0]?.anonymousId).toBe(anonymousId)
  })

  test('the cookie takes precedence over an id in localStorage', async () => {
    await goto()
    await page.evaluate(() => localStorage.setItem('ajs_anonymous_id', '"another"'))
    const { anonymousId } = await load()
    expect((await arrived('Page Served'))[0]?.anonymousId).toBe(anonymousId)
    expect(anonymousId).not.toBe('another')
  })

  test.each([
    [HOST, 'analytics.reset()'],
    // Which browsers obey on https and on localhost.
    ['localhost', 'Clear-Site-Data'],
  ])(
    'signing in and out on %s, with %s, sets and removes the userId on both sides, and the next visitor has another id',
    async (host, means) => {
      await context.addCookies([{ name: 'consent', value: 'Analytics', domain: host, path: '/' }])
      await goto('/', host)
      const { anonymousId } = await load()
      await call('identify', 'user-1')
      expect((await arrived('identify'))[0]).toMatchObject({ anonymousId, userId: 'user-1' })
      collector.clear()
      await goto('/', host)
      expect((await arrived('Page Served'))[0]).toMatchObject({ anonymousId, userId: 'user-1' })
      if (means === 'analytics.reset()') {
        await load()
        await page.evaluate(() => (globalThis as unknown as { analytics: Analytics }).analytics.reset())
      }
      await goto('/signout', host)
      collector.clear()
      await goto('/', host)
      const next = await load()
      expect(next).toEqual({ anonymousId: expect.any(String), userId: null })
      expect(next.anonymousId).not.toBe(anonymousId)
      const [served] = await arrived('Page Served')
      expect(served).toMatchObject({ anonymousId: next.anonymousId })
      expect(served).not.toHaveProperty('userId')
    },
  )

  test('a batch at page close arrives, each event once', async () => {
    await goto()
    const { anonymousId } = await load(true)
    await page.evaluate(() => {
      const { analytics } = globalThis as unknown as { analytics: Analytics }
      for (const event of ['One', 'Two', 'Three']) void analytics.track(event)
    })
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)))
    expect(collector.events().map(({ event }) => event.event)).not.toContain('One')
    await page.goto('about:blank')
    const events = await arrived('One', 'Two', 'Three')
    expect(events.map((event) => event.anonymousId)).toEqual([anonymousId, anonymousId, anonymousId])
  })

  test('before consent the server keeps no id; afterwards the visitor has one id', async () => {
    await visitAs({}, '')
    await goto()
    const [before] = await arrived('Page Served')
    expect(before?.integrations).toEqual({ All: false })
    expect(await cookies()).toEqual([])
    await context.addCookies([{ name: 'consent', value: 'Analytics', domain: '.example.test', path: '/' }])
    const { anonymousId } = await load()
    expect(before?.anonymousId).not.toBe(anonymousId)
    collector.clear()
    await goto()
    const [after] = await arrived('Page Served')
    expect(after).toMatchObject({
      anonymousId,
      integrations: {},
      context: { consent: { categoryPreferences: { Analytics: true, Advertising: false } } },
    })
  })

  test('with Global Privacy Control, neither id nor address leaves the Worker', async () => {
    await visitAs({ 'Sec-GPC': '1' })
    await goto()
    const { anonymousId } = await load()
    await call('track', 'Clicked')
    const events = await arrived('Page Served', 'Clicked')
    for (const event of events) {
      expect(event).toMatchObject({
        integrations: { All: false },
        context: { consent: { categoryPreferences: { Analytics: false } } },
      })
      expect(event.context).not.toHaveProperty('ip')
      expect(event.anonymousId).not.toBe(anonymousId)
    }
  })
})

if (!hasChromium) {
  test('not run: Chromium from npm exists only for Linux on x64', () => {
    expect(process.platform === 'linux' && process.arch === 'x64').toBe(false)
  })
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('first-party-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
