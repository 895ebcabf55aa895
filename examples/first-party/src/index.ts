// A Worker that serves a site's analytics.js from the site's own domain, and receives its events: no third party sees the visitor.

import { createAnalytics, type SegmentEvent } from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/workers'

interface Env {
  /** Of the source; the browser only knows `PUBLIC_KEY`. */
  SEGMENT_WRITE_KEY: string
  SEGMENT_HOST: string
  /** Where analytics.js comes from: https://cdn.segment.com */
  SEGMENT_CDN: string
  /** The site itself. */
  SITE: { fetch(request: Request): Promise<Response> }
}

/** What stands for the write key in the page. */
const PUBLIC_KEY = 'first-party'
/** Segment's limit for a request. */
const MAX_BODY_BYTES = 500 * 1024

/** For pages on other hosts: analytics.js sends an `Authorization`, so each event is preflighted. No cookies come from there. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, content-type',
  'Access-Control-Allow-Methods': 'POST',
  'Access-Control-Max-Age': '86400',
}

/** The last part of the path of each call, and the type of its event. */
const TYPES: Record<string, SegmentEvent['type']> = {
  t: 'track',
  p: 'page',
  i: 'identify',
  g: 'group',
  a: 'alias',
  s: 'screen',
}

let settings = { writeKey: '', host: '' }
const client = createAnalytics(() => settings)

/** The consent that the site's banner has put into a cookie: `consent=Analytics.Advertising`; none until there is one. */
function readConsent(request: { headers: { get(name: string): string | null } }) {
  const [, given] = /(?:^|; )consent=([\w.]*)/.exec(request.headers.get('cookie') ?? '') ?? []
  if (given === undefined) return undefined
  return { Analytics: given.includes('Analytics'), Advertising: given.includes('Advertising') }
}

const identify = (request: { headers: { get(name: string): string | null }; url: string }) =>
  fromRequest(request, { host: 'cloudflare', ip: true, location: true, consent: readConsent })

export default withAnalytics(
  (env: Env) => {
    settings = { writeKey: env.SEGMENT_WRITE_KEY, host: env.SEGMENT_HOST }
    return client
  },
  {
    async fetch(request: Request, env: Env, _ctx, analytics) {
      const { pathname } = new URL(request.url)
      const call = /^\/v1\/([tpigasbm])$/.exec(pathname)?.[1]
      if (call && request.method === 'OPTIONS') return new Response(null, { status: 204, headers: CORS })
      if (call && request.method === 'POST') return take(call, request)
      if (pathname === `/v1/projects/${PUBLIC_KEY}/settings`) return getSettings(request, env)
      if (/^\/(analytics\.js|analytics-next|next-integrations)\//.test(pathname)) return getScript(request, env)
      if (pathname === '/signout') return signOut(request)

      const response = await env.SITE.fetch(request)
      if (response.headers.get('content-type')?.startsWith('text/html')) analytics.track({ event: 'Page Served' })
      return response
    },
  },
  { identify, setCookie: true },
)

/** Takes events of the browser and answers at once: the client delivers them after the response. */
async function take(call: string, request: Request): Promise<Response> {
  // Metrics of analytics.js about itself.
  if (call === 'm') return Response.json({ success: true }, { headers: CORS })
  const text = await readText(request)
  const body = text === undefined ? undefined : parse(text)
  if (!body) return Response.json({ success: false }, { status: 400, headers: CORS })

  const { anonymousId, context, integrations, disable } = client.current().identity ?? {}
  const events = (Array.isArray(body.batch) ? body.batch : [{ type: TYPES[call], ...body }]) as Record<
    string,
    unknown
  >[]
  const receivedMs = Date.now()
  for (const event of events) {
    if (typeof event !== 'object' || event === null || disable) continue
    const own = event.context as Record<string, unknown> | undefined
    void client.send({
      ...event,
      // A request without consent gets a new id, which identifies no visitor.
      ...(integrations
        ? { anonymousId, userId: undefined, integrations }
        : { anonymousId: event.anonymousId ?? anonymousId }),
      timestamp: correct(event.timestamp, event.sentAt ?? body.sentAt, receivedMs),
      sentAt: undefined,
      writeKey: undefined,
      // The browser knows the page best, and the server the visitor's address.
      context: {
        ...context,
        ...own,
        ip: context?.ip,
        location: context?.location,
        consent: context?.consent ?? own?.consent,
      },
    } as unknown as SegmentEvent)
  }
  return Response.json({ success: true }, { headers: CORS })
}

/** When an event happened by our clock: a browser's may be wrong, as it was when it sent the event. */
function correct(timestamp: unknown, sentAt: unknown, receivedMs: number): Date {
  const [happenedMs, sentMs] = [timestamp, sentAt].map((time) => Date.parse(String(time)))
  const ageMs = Number(sentMs) - Number(happenedMs)
  return new Date(ageMs >= 0 ? receivedMs - ageMs : receivedMs)
}

/** Segment's settings for the source, as the browser may see them: with our host in the place of Segment's, and without the key. */
async function getSettings(request: Request, env: Env): Promise<Response> {
  const response = await fetch(`${env.SEGMENT_CDN}/v1/projects/${env.SEGMENT_WRITE_KEY}/settings`)
  const text = (await response.text()).replaceAll(env.SEGMENT_WRITE_KEY, PUBLIC_KEY)
  const settings = parse(text) as { integrations?: Record<string, object> } | undefined
  if (!response.ok || !settings) return new Response('no settings', { status: 502 })
  const { host, protocol } = new URL(request.url)
  const segment = {
    ...settings.integrations?.['Segment.io'],
    apiKey: PUBLIC_KEY,
    apiHost: `${host}/v1`,
    protocol: protocol.slice(0, -1),
  }
  return Response.json({ ...settings, integrations: { ...settings.integrations, 'Segment.io': segment } })
}

/** The scripts: one for the key, which has to stay here, and others that are the same for everybody. */
async function getScript(request: Request, env: Env): Promise<Response> {
  const path = new URL(request.url).pathname.replace(`/${PUBLIC_KEY}/`, `/${env.SEGMENT_WRITE_KEY}/`)
  const response = await fetch(env.SEGMENT_CDN + path)
  const text = (await response.text()).replaceAll(env.SEGMENT_WRITE_KEY, PUBLIC_KEY)
  const headers = { 'Content-Type': 'text/javascript', 'Cache-Control': 'public, max-age=300' }
  return new Response(text, { status: response.status, headers: response.ok ? headers : {} })
}

function signOut(request: Request): Response {
  const headers = new Headers({ 'Clear-Site-Data': '"storage"' })
  for (const cookie of identify(request).clear()) headers.append('Set-Cookie', cookie)
  return new Response('signed out', { headers })
}

async function readText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) return undefined
  const text = await request.text()
  return text.length <= MAX_BODY_BYTES ? text : undefined
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
