import { type NextRequest, NextResponse } from 'next/server'
import { client } from './analytics.ts'

/** Without the wrapper. */
export function proxy(request: NextRequest): NextResponse {
  const anonymousId = request.cookies.get('visitor')?.value ?? 'unknown'
  client.page({ anonymousId, name: request.nextUrl.pathname, properties: { method: request.method } })
  return NextResponse.next()
}

export const config = { matcher: ['/api/:path*'] }
