import { withAnalytics } from 'analytics-edge/vercel'
import { type NextFetchEvent, type NextRequest, NextResponse } from 'next/server'
import { client } from './analytics.ts'

const YEAR_SECONDS = 365 * 24 * 60 * 60

/** Counts each request, by a visitor that a cookie remembers. In a `middleware.ts`, call it `middleware`; nothing else differs. */
export const proxy = withAnalytics(client, (request: NextRequest, _event: NextFetchEvent, analytics) => {
  const known = request.cookies.get('visitor')?.value
  const visitor = known ?? crypto.randomUUID()
  analytics.page({ anonymousId: visitor, name: request.nextUrl.pathname, properties: { method: request.method } })
  const response = NextResponse.next()
  if (!known) response.cookies.set('visitor', visitor, { maxAge: YEAR_SECONDS, httpOnly: true, sameSite: 'lax' })
  return response
})

export const config = { matcher: ['/', '/api/:path*'] }
