import type { FastifyReply, FastifyRequest } from 'fastify'

/** Why a request is rejected before any of it is read; undefined if it may pass. */
export function findIntruder(request: FastifyRequest): string | undefined {
  const { host, origin } = request.headers
  if (host === undefined || !isLoopback(parseHostname(`http://${host}`))) return `foreign Host ${show(host)}`
  if (isOwnRoute(request)) {
    // A page of another origin must neither read nor change data here, but may link to the page itself.
    const isFromElsewhere = origin !== undefined && origin !== `http://${host}`
    if (isFromElsewhere) return `foreign Origin ${show(origin)}`
    const site = request.headers['sec-fetch-site']
    const isCross = site === 'cross-site' || site === 'same-site'
    return isCross && isControlRoute(request.routeOptions.url) ? `Sec-Fetch-Site: ${show(String(site))}` : undefined
  }
  return origin === undefined || isLoopback(parseHostname(origin)) ? undefined : `foreign Origin ${show(origin)}`
}

/** Lets a page served from this machine send events and read the response; true if that answers the request. */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply): boolean {
  const { origin } = request.headers
  if (origin === undefined || isOwnRoute(request)) return false
  reply.header('access-control-allow-origin', origin).header('vary', 'origin')
  if (request.method !== 'OPTIONS') return false
  reply
    .code(204)
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', String(request.headers['access-control-request-headers'] ?? ''))
    .header('access-control-max-age', '600')
    .send()
  return true
}

/** Whether only this machine can reach the address or name. */
export function isLoopback(hostname: string | undefined): boolean {
  if (hostname === undefined) return false
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(hostname)
}

/** Checks the matched route instead of the path, which can be written in many ways. */
export function isOwnRoute({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === '/' || isControlRoute(routeOptions.url)
}

function isControlRoute(route: string | undefined): boolean {
  return route?.startsWith('/_/') === true
}

function parseHostname(url: string): string | undefined {
  // Browsers send these without a user name, path or query.
  return /^https?:\/\/[\w.:[\]-]+$/i.test(url) && URL.canParse(url) ? new URL(url).hostname : undefined
}

function show(text: string | undefined): string {
  return text === undefined ? '(absent)' : text.slice(0, 200)
}
