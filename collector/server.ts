import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { carryOut, type Exchange } from './answer.ts'
import { addBrowserRoutes, BROWSER_ROUTES } from './browser-routes.ts'
import { type Authority, checkRequest, listEvents, type Route } from './check.ts'
import { addControlRoutes, type ControlParts } from './control.ts'
import type { Firing } from './fault-list.ts'
import { allowOrigin, findIntruder, isOwnRoute } from './guard.ts'
import type { Arrival } from './journal.ts'
import type { Live } from './live.ts'
import { addPageRoutes } from './page-routes.ts'
import { type Answer, isRejecting, planAnswer, toAnswer } from './plan-answer.ts'
import { type Reading, readRequest } from './read.ts'
import { hideCredentials, maskPath } from './secrets.ts'
import { EVENT_TYPES, isPlainObject } from './shapes.ts'
import type { NewRequest, ReceivedEvent, RequestRecord } from './store.ts'
import { answerTokenRequest, dateHeader, readClientId } from './token.ts'

/** Far above what is accepted, so that an oversized request is read to its end and answered properly. */
const MAX_READ_BYTES = 16 * 1024 * 1024

export interface ServerParts extends ControlParts {
  /** Absent without a page. */
  readonly live?: Live
  readonly writeKeys?: readonly string[]
  onEvent(event: ReceivedEvent): void
  onRejected(row: RequestRecord): void
  /** Called when a request has arrived and its contents have been checked, but before its answer. */
  onArrival(arrival: Arrival): void
  /** Called when the row of a request has changed. */
  onChange(row: RequestRecord): void
}

export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: MAX_READ_BYTES })
  // Bodies are read here, not by Fastify, so that the limit applies after gunzip and malformed bodies are also
  // recorded.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', async (request, reply) => {
    const intruder = findIntruder(request)
    if (intruder !== undefined) {
      recordUnread(parts, request, 403, intruder)
      return reply.code(403).send({ success: false, message: `rejected: ${intruder}` })
    }
    return allowOrigin(request, reply) ? reply : undefined
  })
  addControlRoutes(app, parts)
  addPageRoutes(app, parts.live)
  addBrowserRoutes(app)
  for (const call of ['batch', ...EVENT_TYPES] as const) {
    app.post(`/v1/${call}`, (request, reply) => receive(parts, { call, isBrowser: false }, request, reply))
  }
  for (const [path, call] of BROWSER_ROUTES) {
    app.post(path, (request, reply) => receive(parts, { call, isBrowser: true }, request, reply))
  }
  app.post('/token', (request, reply) => receiveTokenRequest(parts, request, reply))
  app.setNotFoundHandler((request, reply) => receive(parts, undefined, request, reply))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 400 : (error.statusCode ?? 500)
    if (error.code?.startsWith('FST_ERR_CTP_') && !isOwnRoute(request)) {
      recordUnread(parts, request, status, error.message)
    }
    return reply.code(status).send({ success: false, message: error.message })
  })
  return app
}

/** Handles every request outside the control endpoints. `route` is undefined if there is no such route. */
async function receive(parts: ServerParts, route: Route | undefined, request: FastifyRequest, reply: FastifyReply) {
  const startedMs = performance.now()
  const { store, faults, authServer } = parts
  const body = readBody(request)
  const reading = readRequest(request.headers, body, route?.isBrowser)
  const events = listEvents(route, reading)
  const row = store.addRequest(describe(request, body, reading, events))
  const { messageIds } = row
  const firing = faults.take({ path: row.path, keys: [reading.headerKey, reading.bodyKey], messageIds })
  const fault = firing?.fault

  const result =
    fault !== undefined && isRejecting(fault) ? undefined : checkRequest(route, reading, createAuthority(parts))
  if (result?.ok) {
    for (const event of result.events) parts.onEvent(store.addEvent(result.writeKey, row.index, event))
  } else {
    row.reason = result?.message ?? 'rejected by a fault'
  }
  const problems = result?.ok ? result.events.map((event) => event.problems) : []
  parts.onArrival({ row, events, isAccepted: result?.ok === true, problems })
  const checked = authServer.checkToken(reading.bearer ?? '')
  const date = 'client' in checked ? dateHeader(authServer, checked.client) : {}
  const usual = result && toAnswer(result, date)
  return answer(parts, { row, reply, startedMs }, firing, usual)
}

/** Handles a request for an access token. */
async function receiveTokenRequest(parts: ServerParts, request: FastifyRequest, reply: FastifyReply) {
  const startedMs = performance.now()
  const { store, faults, authServer } = parts
  const body = readBody(request)
  const form = new URLSearchParams(body.toString())
  const clientId = readClientId(form)
  const row = store.addRequest({
    ...describe(request, body, readRequest(request.headers, Buffer.alloc(0)), []),
    ...(clientId !== undefined && { clientId }),
  })
  const firing = faults.take({ path: row.path, keys: [], clientId, messageIds: [] })
  const fault = firing?.fault
  parts.onArrival({ row, events: [], isAccepted: false, problems: [] })
  const contentType = request.headers['content-type'] ?? ''
  const tokenRequest = { contentType, form, audience: authServer.audience ?? `${request.protocol}://${request.host}` }
  const usual = fault && isRejecting(fault) ? undefined : await answerTokenRequest(authServer, tokenRequest)
  if (usual?.status !== 200) row.reason = usual?.body ?? 'rejected by a fault'
  return answer(parts, { row, reply, startedMs }, firing, usual)
}

/** Answers as usual, or as the fault wants it. */
async function answer(
  { onChange, onRejected }: ServerParts,
  received: Pick<Exchange, 'row' | 'reply' | 'startedMs'>,
  firing: Firing | undefined,
  usual: Answer | undefined,
): Promise<FastifyReply> {
  const { row, reply } = received
  const { fault, removed, delayRemoved } = firing ?? {}
  const exchange: Exchange = { ...received, removed, delayRemoved, onChange: () => onChange(row) }
  await carryOut(planAnswer(usual, fault), exchange, fault?.delayMs ?? 0)
  if (row.reason !== undefined) onRejected(row)
  return reply
}

function createAuthority({ writeKeys, authServer }: ServerParts): Authority {
  return {
    ...(writeKeys !== undefined && { writeKeys }),
    rejectToken: (token) => {
      const checked = authServer.checkToken(token)
      return 'client' in checked ? undefined : checked
    },
  }
}

function readBody({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

/** Records a request whose body could not be read to its end. */
function recordUnread(parts: ServerParts, request: FastifyRequest, status: number, reason: string) {
  const body = Buffer.alloc(0)
  const row = parts.store.addRequest(describe(request, body, readRequest(request.headers, body), []))
  Object.assign(row, { status, reason, durationMs: 0 })
  parts.onArrival({ row, events: [], isAccepted: false, problems: [] })
  parts.onChange(row)
  parts.onRejected(row)
}

/** 0 if it is absent or no count. */
function readCount(text: string | readonly string[] | undefined): number {
  return /^\d{1,9}$/.test(String(text)) ? Number(text) : 0
}

function describe(request: FastifyRequest, body: Buffer, reading: Reading, events: readonly unknown[]): NewRequest {
  const writeKey = reading.headerKey ?? reading.bodyKey
  const sentAt = reading.content.ok && isPlainObject(reading.content.value) ? reading.content.value.sentAt : undefined
  const ids = events.map((event) => (isPlainObject(event) ? event.messageId : undefined))
  return {
    method: request.method,
    path: maskPath(request.url),
    ...(typeof writeKey === 'string' && { writeKey }),
    headers: hideCredentials(request.headers),
    retryCount: readCount(request.headers['x-retry-count']),
    eventCount: events.length,
    bytes: body.length,
    encoding: request.headers['content-encoding'] ?? 'identity',
    ...(typeof sentAt === 'string' && { sentAt }),
    messageIds: ids.filter((id) => typeof id === 'string'),
  }
}
