import { isEventType, isPlainObject, type JsonObject } from './shapes.ts'

/** How a line describes its event; each text is short, whatever the input. */
export interface EventSummary {
  readonly type: string
  readonly name: string
  readonly user: string
  /** Set if `user` is another id. */
  readonly anonymousId?: string
  /** `analytics-edge 0.1.0`, if the event names it. */
  readonly library: string
  readonly messageId?: string
}

const MAX_LENGTH = 200
/** Where applications, hosts and tracers put the id of an invocation, in order of precedence. */
const INVOCATION_FIELDS = ['invocationId', 'requestId', 'awsRequestId', 'traceId', 'trace_id'] as const

/** `path` gives the type if the event does not, for example on `/v1/track`. */
export function describeEvent(event: unknown, path: string): EventSummary {
  if (!isPlainObject(event)) return { type: 'invalid', name: show(event), user: '', library: '' }
  const { messageId, anonymousId } = event
  return {
    type: resolveType(event, path),
    name: show(event.event ?? event.name ?? event.groupId ?? event.previousId ?? ''),
    user: show(event.userId ?? event.anonymousId ?? ''),
    library: describeLibrary(event.context),
    ...(typeof anonymousId === 'string' && { anonymousId: anonymousId.slice(0, MAX_LENGTH) }),
    ...(typeof messageId === 'string' && { messageId: messageId.slice(0, MAX_LENGTH) }),
  }
}

/** The id of the invocation that the event comes from, if its context has one. */
export function identifyInvocation(event: unknown): string | undefined {
  const context = isPlainObject(event) ? event.context : undefined
  if (!isPlainObject(context)) return undefined
  const id = INVOCATION_FIELDS.map((field) => context[field]).find((value) => typeof value === 'string' && value !== '')
  return typeof id === 'string' ? id.slice(0, MAX_LENGTH) : undefined
}

function resolveType({ type }: JsonObject, path: string): string {
  const fromPath = path.slice(path.lastIndexOf('/') + 1)
  const given = type ?? (isEventType(fromPath) ? fromPath : undefined)
  return given === undefined ? 'invalid' : show(given)
}

function describeLibrary(context: unknown): string {
  const library = isPlainObject(context) ? context.library : undefined
  return isPlainObject(library) ? `${show(library.name ?? '')} ${show(library.version ?? '')}`.trim() : ''
}

function show(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_LENGTH)
}
