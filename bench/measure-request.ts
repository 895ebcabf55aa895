import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const CALL_COUNT = 20_000
const ROUND_COUNT = 5

const COOKIE =
  '_ga=GA1.2.1; theme=dark; ajs_anonymous_id=%220b0a2a5c-9a3d-4c1e-8f57-6d0d3c1b2a19%22; ajs_user_id=user-1'
const HEADERS = {
  cookie: COOKIE,
  referer: 'https://news.example/a?b=c',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
  'accept-language': 'de-CH,de;q=0.9,en;q=0.8',
  'x-real-ip': '203.0.113.9',
  'x-vercel-ip-city': 'S%C3%A3o%20Paulo',
  'x-vercel-ip-country': 'BR',
  'x-vercel-ip-latitude': '-23.5475',
  'x-vercel-ip-longitude': '-46.6361',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

export interface RequestCost {
  /** µs of CPU of a `fromRequest` with everything that it can read. */
  readonly us: number
  /** The same against the floor: two URLs parsed, the headers read, an id made, and the result put through JSON. */
  readonly toFloor: number
}

/** The best of a few rounds, in turns with the floor. */
export async function measureRequest(packageDir: string): Promise<RequestCost> {
  // The cast: the build has no types of its own here.
  const { fromRequest } = (await import(pathToFileURL(join(packageDir, 'dist/request.js')).href)) as {
    fromRequest(request: Request, options: object): { anonymousId: string }
  }
  const request = new Request('https://www.example.com/shoes?utm_source=news&utm_campaign=spring&size=42', {
    headers: HEADERS,
  })
  const consent = () => ({ Analytics: true, Advertising: false })
  // Written where it is used, as in a handler.
  const ours = () => fromRequest(request, { host: 'vercel', ip: true, location: true, traceparent: true, consent })
  const result = ours()
  const floor = () => {
    for (const name of Object.keys(HEADERS)) request.headers.get(name)
    const { url, search } = { url: new URL(request.url).href, search: new URL(HEADERS.referer).search }
    return JSON.parse(JSON.stringify({ ...result, url, search, anonymousId: crypto.randomUUID() }))
  }
  const own: number[] = []
  const floors: number[] = []
  for (let round = 0; round < ROUND_COUNT; round++) {
    floors.push(measureUs(floor))
    own.push(measureUs(ours))
  }
  const us = Math.min(...own)
  return { us, toFloor: us / Math.min(...floors) }
}

function measureUs(act: () => unknown): number {
  const start = process.cpuUsage()
  for (let call = 0; call < CALL_COUNT; call++) act()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / CALL_COUNT
}
