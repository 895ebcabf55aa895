import { beforeAll, expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../collector/index.ts'
import { buildApp, createApp } from './harness/app.ts'
import { setStage } from './harness/app-stage.ts'
import { expectArrivals, settle } from './harness/arrivals.ts'
import { CACHING_KINDS } from './harness/caching-kinds.ts'
import { describeApp } from './harness/describe-app.ts'
import { pageView, send } from './harness/kinds.ts'

// An app with `cacheComponents`, built by Turbopack: what docs/vercel.md says of it.
const stage = setStage()
let folder: string
let trackedByBuild: ReceivedEvent[]

beforeAll(async () => {
  folder = await createApp('cache-components', [], 'cache-components')
  await buildApp(folder, stage.env)
  trackedByBuild = await stage.collector.events()
})

describeApp(stage, () => folder, CACHING_KINDS)

test('a cached function tracks when its cache is filled, here by the build, and never at a request', async () => {
  expect(trackedByBuild.filter(({ event }) => event.event === 'Prices Read')).toHaveLength(1)
  const app = await stage.start(folder)
  for (let count = 0; count < 2; count++) {
    const { text } = await send(`${app.url}/cached`, 'ada')
    expect(text).toContain('The price is <!-- -->42')
  }
  await app.stop()
  await expectArrivals(stage.collector, [])
})

test.each([
  ['and when the build tries to prerender it', '/api/plain', 'Plain Called', true],
  ['and not in the build if it awaits connection()', '/api/connected', 'Connected Called', false],
])('a route that reads nothing of its request tracks at each one, %s', async (_, path, event, isTrackedByBuild) => {
  expect(trackedByBuild.some((received) => received.event.event === event)).toBe(isTrackedByBuild)
  const app = await stage.start(folder)
  for (const user of ['ada', 'bob']) expect((await send(`${app.url}${path}`, user)).text).toBe('ok')
  const called = { type: 'track', userId: path.replace('/api/', ''), event, properties: {} }
  const views = ['ada', 'bob'].map((user) => pageView(user, path, 'GET'))
  await settle(stage.collector, 4)
  await app.stop()
  await expectArrivals(stage.collector, [called, called, ...views])
})

test('a component that only reads a cookie also tracks for a prefetch, and the server warns about it', async () => {
  const app = await stage.start(folder)
  await send(`${app.url}/prefetched`, 'ada')
  await settle(stage.collector, 2)
  await app.stop()
  expect(app.log()).toContain('Route "/prefetched": Next.js encountered the unstable value `crypto.randomUUID()`')
})

test('a build rejects a component that tracks before it reads from the request, or outside Suspense', async () => {
  const broken = await createApp('cache-components-broken', [], 'cache-components', 'cache-components-broken')
  // What a process printed is part of the error.
  const failure = await buildApp(broken, stage.env).then(String, ({ stdout, stderr }) => `${stdout}${stderr}`)
  const [early = '', unsuspended = ''] = failure.split('Error: Route "/unsuspended"')
  expect(early).toContain(
    'Route "/early": Next.js encountered the unstable value `crypto.randomUUID()` while prerendering',
  )
  expect(unsuspended).toContain('Next.js encountered uncached or runtime data during prerendering')
  expect(failure).toContain('Export encountered errors on 2 paths')
  // Its client is disabled while an app is built.
  expect(await stage.collector.events()).toEqual([])
})
