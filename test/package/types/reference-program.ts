// A program that is typed for Segment's library. It is compiled twice: as it is, and with the import changed to ours.
import type {
  AliasParams,
  AnalyticsSettings,
  GroupParams,
  GroupTraits,
  HTTPClient,
  HTTPClientRequest,
  HTTPFetchFn,
  HTTPFetchRequest,
  HTTPResponse,
  IdentifyParams,
  PageParams,
  Plugin,
  TrackParams,
  UserTraits,
} from '@segment/analytics-node'
import { Analytics, Context, FetchHTTPClient } from '@segment/analytics-node'

const fetchFn: HTTPFetchFn = async (url, { method, headers, body, signal }) => {
  const response = await fetch(url, { method, headers, body, signal })
  return { status: response.status, statusText: response.statusText, headers: { a: '1' }, text: () => response.text() }
}

class CustomClient implements HTTPClient {
  async makeRequest(options: HTTPClientRequest): Promise<HTTPResponse> {
    const { url, method, headers, body, httpRequestTimeout } = options
    const request: HTTPFetchRequest = { method, headers, body, signal: AbortSignal.timeout(httpRequestTimeout) }
    return fetchFn(url, request)
  }
}

class TaggingClient extends FetchHTTPClient {
  override async makeRequest(options: HTTPClientRequest): Promise<HTTPResponse> {
    return super.makeRequest({ ...options, headers: { ...options.headers, tag: '1' } })
  }
}

const settings: AnalyticsSettings = {
  writeKey: 'k',
  host: 'https://api.segment.io',
  path: '/v1/batch',
  maxRetries: 3,
  flushAt: 15,
  maxEventsInBatch: 15,
  flushInterval: 10_000,
  httpRequestTimeout: 10_000,
  disable: true,
  httpClient: new CustomClient(),
  maxTotalBackoffDuration: 60,
  maxRateLimitDuration: 60,
}

export const clients: Analytics[] = [
  new Analytics(settings),
  new Analytics({ writeKey: 'k', httpClient: fetchFn }),
  new Analytics({ ...settings, httpClient: new TaggingClient(fetchFn) }),
]

const plugin: Plugin = {
  name: 'a plugin',
  type: 'enrichment',
  version: '1.0.0',
  alternativeNames: ['another name'],
  isLoaded: () => true,
  load: async (ctx, instance) => {
    ctx.log('info', `loaded into ${instance.VERSION}`, { detail: 1 })
  },
  unload: async () => {},
  ready: async () => {},
  track: (ctx) => {
    ctx.updateEvent('properties.list.0', ctx.event.event?.toLowerCase())
    ctx.stats.increment('seen', 1, ['tag'])
    return ctx
  },
  identify: async (ctx) => ctx,
  page: (ctx) => (ctx.event.name ? ctx : ctx.cancel(new Error('no name'))),
  screen: (ctx) => ctx,
  group: (ctx) => ctx,
  alias: (ctx) => ctx,
}

class ClassPlugin implements Plugin {
  readonly name = 'a class'
  readonly type = 'destination'
  isLoaded(): boolean {
    return true
  }
  async load(_ctx: Context, _instance: Analytics): Promise<void> {}
  async track(ctx: Context): Promise<Context> {
    return ctx
  }
}

const context = new Context({ type: 'track', event: 'E', userId: 'u1' })
export const facts: [string, boolean, number, string[]] = [
  context.id,
  context.isSame(context),
  context.attempts,
  context.logs().map(({ level, message }) => `${level} ${message}`),
]
context.setFailedDelivery({ reason: new Error('x') })
export const reason: unknown = context.failedDelivery()?.reason ?? context.toJSON()

const userTraits: UserTraits = {
  id: 5,
  name: null,
  phone: 123,
  company: { id: 1 },
  address: null,
  custom: [1],
}
const groupTraits: GroupTraits = { employees: 5, plan: null, createdAt: new Date(), custom: { deep: true } }
const track: TrackParams = {
  userId: 'u1',
  event: 'E',
  properties: { a: 1 },
  integrations: { All: false, Vero: { id: 1 } },
}
const identify: IdentifyParams = { anonymousId: 'a1', traits: userTraits, timestamp: new Date() }
const group: GroupParams = { userId: 'u1', groupId: 'g1', traits: groupTraits, timestamp: '2020-01-01' }
const page: PageParams = { userId: 'u1', category: 'c', name: 'n', context: { ip: '192.0.2.1', page: { url: '/' } } }
const alias: AliasParams = { userId: 'u1', previousId: 'p1', messageId: 'm1' }

export async function run(analytics: Analytics): Promise<void> {
  await analytics.ready
  await analytics.register(plugin, new ClassPlugin())
  analytics.track(track, (err, ctx) => console.log(err, ctx?.event.event))
  analytics.identify(identify, () => {})
  analytics.page(page)
  analytics.screen({ ...page, properties: undefined })
  analytics.group(group)
  analytics.alias(alias)
  await new Promise((resolve) => analytics.track(track, resolve))

  analytics
    .on('error', ({ code, reason, ctx }) => console.error(code, reason, ctx?.event.messageId))
    .on('initialize', ({ writeKey }) => console.log(writeKey.length))
    .on('register', (names) => console.log(names.join()))
    .on('deregister', (names) => console.log(names.join()))
    .on('track', (ctx) => console.log(ctx.event.properties?.a))
    .on('call_after_close', (event) => console.log(event.type, event.userId))
    .on('http_request', ({ url, method, headers, body }) => console.log(url, method, headers.a, body.length))
    .on('http_response', ({ url, status, statusText, headers, body }) =>
      console.log(url, status, statusText, headers.a, body),
    )
    .once('drained', () => {})
  const listener = (ctx: Context) => console.log(ctx.event)
  analytics.on('identify', listener).off('identify', listener)

  const { track: detached } = analytics
  detached(track)
  await Promise.resolve().then(analytics.flush as () => Promise<unknown>)
  await analytics.deregister('a plugin')
  await analytics.flush({ timeout: 100, close: false })
  await analytics.closeAndFlush({ timeout: 100 })
}

export function refuse(analytics: Analytics): void {
  // @ts-expect-error no id at all
  analytics.track({ event: 'E' })
  // @ts-expect-error an id that is no string
  analytics.identify({ userId: 5 })
  // @ts-expect-error a track needs a name
  analytics.track({ userId: 'u1' })
  // @ts-expect-error a group needs its id
  analytics.group({ userId: 'u1' })
  // @ts-expect-error an alias needs both ids
  analytics.alias({ userId: 'u1' })
  // @ts-expect-error a page needs an id
  analytics.page({ name: 'n' })
  // @ts-expect-error no such field
  analytics.track({ userId: 'u1', event: 'E', propertys: {} })
  // @ts-expect-error no such event
  analytics.on('trakc', () => {})
  // @ts-expect-error an error has no such field
  analytics.on('error', ({ status }) => status)
  // @ts-expect-error no write key
  new Analytics({ host: 'https://api.segment.io' })
  // @ts-expect-error no such setting
  new Analytics({ writeKey: 'k', flushInteval: 1 })
  // @ts-expect-error a plugin needs its name
  const nameless: Plugin = { type: 'before', isLoaded: () => true, load: async () => {} }
  // @ts-expect-error no such type of plugin
  const middle: Plugin = { name: 'p', type: 'middle', isLoaded: () => true, load: async () => {} }
  // @ts-expect-error a hook answers with a context
  const silent: Plugin = { name: 'p', type: 'before', isLoaded: () => true, load: async () => {}, track: () => {} }
  // @ts-expect-error an integration is on, off, or has options
  analytics.track({ userId: 'u1', event: 'E', integrations: { Vero: 5 } })
  void [nameless, middle, silent]
}
