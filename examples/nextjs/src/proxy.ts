import { fromRequest } from 'analytics-edge/request'
import { withAnalytics } from 'analytics-edge/vercel'
import { type NextFetchEvent, type NextRequest, NextResponse } from 'next/server'
import { client } from './analytics.ts'

/** Counts each request, by a visitor that a cookie remembers. In a `middleware.ts`, call it `middleware`; nothing else differs. */
export const proxy = withAnalytics(
  client,
  (request: NextRequest, _event: NextFetchEvent, analytics) => {
    analytics.page({ name: request.nextUrl.pathname, properties: { method: request.method } })
    return NextResponse.next()
  },
  { identify: (request) => fromRequest(request), setCookie: true },
)

/** Not what Next's router fetches ahead: it hides from a proxy that it does. Next reads this without running it. */
export const config = {
  matcher: [
    { source: '/', missing: [{ type: 'header', key: 'next-router-prefetch' }] },
    { source: '/api/:path*', missing: [{ type: 'header', key: 'next-router-prefetch' }] },
  ],
}
