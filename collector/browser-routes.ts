import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { Route } from './check.ts'

const CALLS = { t: 'track', p: 'page', i: 'identify', g: 'group', a: 'alias', s: 'screen', b: 'batch' } as const

/** Where analytics.js sends events, whether or not its `apiHost` ends in `/v1`. */
export const BROWSER_ROUTES: readonly (readonly [path: string, call: Route['call']])[] = Object.entries(CALLS).flatMap(
  ([letter, call]) => [[`/v1/${letter}`, call] as const, [`/${letter}`, call] as const],
)

/** analytics.js from Segment's published package, with settings that make it send its events here. */
export function addBrowserRoutes(app: FastifyInstance): void {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@segment/analytics-next/package.json')),
    'dist/umd',
  )
  app.register(fastifyStatic, {
    root: folder,
    prefix: '/analytics-next/bundles/',
    index: false,
    decorateReply: false,
    // Pages of other origins load these with a script tag.
    setHeaders: (response) => void response.header('cross-origin-resource-policy', 'cross-origin'),
  })
  app.get('/analytics.js/v1/:key/analytics.min.js', (_request, reply) =>
    reply.header('cross-origin-resource-policy', 'cross-origin').sendFile('standalone.js', folder),
  )
  app.get<{ Params: { key: string } }>('/v1/projects/:key/settings', ({ params, host, protocol }) => ({
    integrations: { 'Segment.io': { apiKey: params.key, apiHost: `${host}/v1`, protocol, unbundledIntegrations: [] } },
    plan: { track: { __default: { enabled: true } }, identify: { __default: { enabled: true } }, group: {} },
    edgeFunction: {},
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  }))
  // The library's own metrics: accepted and ignored.
  for (const path of ['/m', '/v1/m']) app.post(path, () => ({ success: true }))
}
