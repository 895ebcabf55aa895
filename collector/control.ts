import type { FastifyInstance } from 'fastify'
import type { AuthServer } from './auth-server.ts'
import type { FaultList } from './fault-list.ts'
import { readFilter } from './read-filter.ts'
import { maskEvent, maskKey } from './secrets.ts'
import type { Filter, Store } from './store.ts'

export const ABOUT = `analytics-edge collector: a local stand-in for Segment's Tracking API.

POST /v1/batch                                          { batch, writeKey, sentAt }
POST /v1/{track,identify,page,screen,group,alias}       one event
     Authorization: Basic base64(writeKey + ':'), or Bearer and an access token
POST /v1/{t,p,i,g,a,s,b} and /{t,p,…}                   what analytics.js sends, from pages on this machine
GET  /analytics.js/v1/KEY/analytics.min.js              analytics.js itself, set to send its events here
POST /token                                             an access token for a signed assertion

GET    /_/events?writeKey=      what was received, with problems and duplicates; write keys are whole
                                only in the answer to a request that names them
GET    /_/requests?writeKey=    (or clientId=) each request and how it was answered
DELETE /_/events?writeKey=      (or clientId=) forgets events, requests and faults; what a fault holds back ends
GET    /_/faults                those that were added
POST   /_/faults                adds a fault, { "status": 503, "times": 2 } say; answers { id }
DELETE /_/faults/:id            removes it; what it holds back ends
DELETE /_/received              forgets events and requests; faults stay
POST   /_/oauth/clients         registers an OAuth app, { clientId, keyId, publicKey }
DELETE /_/oauth/tokens?clientId=    revokes its tokens, or all; answers { revoked }
GET    /_/health
`

export interface ControlParts {
  readonly store: Store
  readonly faults: FaultList
  readonly authServer: AuthServer
  clear(filter: Filter): void
}

/** Control endpoints for other processes. They need no key, and faults do not apply. */
export function addControlRoutes(app: FastifyInstance, { store, faults, authServer, clear }: ControlParts): void {
  app.get('/_/health', () => ({ ok: true }))
  app.get('/_/events', ({ query }) => {
    const { writeKey } = readFilter(query, ['writeKey'])
    return store.events({ writeKey }).map((row) => hideKey({ ...row, event: maskEvent(row.event, writeKey) }, writeKey))
  })
  app.get('/_/requests', ({ query }) => {
    const filter = readFilter(query, ['writeKey', 'clientId'])
    return store.requests(filter).map((row) => hideKey(row, filter.writeKey))
  })

  app.delete('/_/events', ({ query }) => {
    const filter = readFilter(query, ['writeKey', 'clientId'])
    clear(filter)
    faults.clear(filter)
    return { ok: true }
  })

  app.delete('/_/received', () => {
    clear({})
    return { ok: true }
  })

  app.get('/_/faults', () => faults.list())

  app.post('/_/faults', ({ body }, reply) => {
    try {
      return reply.send({ id: faults.add(JSON.parse(String(body))) })
    } catch (error) {
      return reply.code(400).send({ error: error instanceof SyntaxError ? 'malformed JSON' : String(error) })
    }
  })

  app.post('/_/oauth/clients', async ({ body }, reply) => {
    try {
      await authServer.register(JSON.parse(String(body)))
      return reply.send({ ok: true })
    } catch (error) {
      return reply.code(400).send({ error: error instanceof SyntaxError ? 'malformed JSON' : String(error) })
    }
  })

  app.delete('/_/oauth/tokens', ({ query }) => ({
    revoked: authServer.revoke(readFilter(query, ['clientId']).clientId),
  }))

  app.delete<{ Params: { id: string } }>('/_/faults/:id', ({ params }, reply) => {
    if (!faults.remove(params.id)) return reply.code(404).send({ error: 'no such fault' })
    return reply.send({ ok: true })
  })
}

/** A write key is a credential, so it is shown only to those who know it. */
function hideKey<Row extends { readonly writeKey?: string | undefined }>(row: Row, known?: string): Row {
  if (row.writeKey === undefined || row.writeKey === known) return row
  return { ...row, writeKey: maskKey(row.writeKey) }
}
