import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ABOUT } from './control.ts'
import { isOwnRoute } from './guard.ts'
import type { Live } from './live.ts'

/** Next to the sources, and next to `dist`. */
const FOLDER = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../page/' : './page/', import.meta.url))

/** The page can only run its own files and connect to this server, whatever an event contains. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The page for browsers, the list of routes for all other clients. */
export function addPageRoutes(app: FastifyInstance, live: Live | undefined): void {
  app.register(fastifyStatic, { root: FOLDER, prefix: '/_/page/', index: false, cacheControl: false })
  app.addHook('onSend', async (request, reply) => {
    if (isOwnRoute(request)) {
      reply
        .header('content-security-policy', POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-resource-policy', 'same-origin')
        .header('referrer-policy', 'no-referrer')
    }
  })
  app.get('/', (request, reply) => {
    const isBrowser = live !== undefined && /\btext\/html\b/.test(request.headers.accept ?? '')
    return isBrowser ? reply.sendFile('index.html') : reply.type('text/plain; charset=utf-8').send(ABOUT)
  })
  app.get('/_/live', (_request, reply) => {
    if (live === undefined) return reply.code(404).send({ error: 'this collector has no page' })
    reply.hijack()
    live.connect(reply.raw)
  })
}
