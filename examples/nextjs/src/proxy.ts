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

export const config = { matcher: ['/', '/api/:path*'] }
