import { DeliveryError, ValidationError } from '../errors.ts'
import { createUuid } from '../lib/create-uuid.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { readAsJson } from '../lib/read-as-json.ts'
import { detectNodeVersion, detectRuntime } from '../lib/runtime.ts'
import { VERSION } from '../lib/version.ts'
import { describeValue } from '../settings/check.ts'
import type {
  AliasParams,
  Defaults,
  GroupParams,
  IdentifyParams,
  IntegrationsOptions,
  JSONRecord,
  OptionalIdentity,
  PageParams,
  SegmentEvent,
  SegmentEventType,
  TrackParams,
} from '../types.ts'
import { nameEvent } from './name-event.ts'
import { reject, rejectUnusable, validateEvent, validateTimestamp } from './validate.ts'

/** What a scope adds to each of its events. */
export interface EventDefaults extends OptionalIdentity, Defaults {
  integrations?: IntegrationsOptions | undefined
  /** Creates the anonymous id of an event that has no ids. */
  createAnonymousId?: (() => string) | undefined
  /** Whether to send whatever Segment's library sends, however wrong it is. */
  isLenient?: boolean | undefined
}

// Most events share these objects; frozen, because code that sees an event could change them.
const LIBRARY = Object.freeze({ name: 'analytics-edge', version: VERSION })
const CONTEXT: SegmentEvent['context'] = Object.freeze({ library: LIBRARY })
const METADATA: SegmentEvent['_metadata'] = Object.freeze({
  jsRuntime: detectRuntime(),
  nodeVersion: detectNodeVersion(),
})

export function buildTrack(params: TrackParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('track', params, defaults)
  event.event = params.event
  event.properties = addDefaults(defaults.properties, params.properties)
  return finish(event, params, defaults)
}

export function buildIdentify(params: IdentifyParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('identify', params, defaults)
  event.traits = addDefaults(defaults.traits, params.traits)
  return finish(event, params, defaults)
}

export function buildPage(params: PageParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = finish(buildView('page', params, defaults), params, defaults)
  // Segment's destinations look for a page's category in its properties; a screen's category stays where it is.
  if (exists(params.category)) {
    event.properties = { ...readAsJson(event.properties), category: params.category }
  }
  return event
}

export function buildScreen(params: PageParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  return finish(buildView('screen', params, defaults), params, defaults)
}

export function buildGroup(params: GroupParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('group', params, defaults)
  event.groupId = params.groupId
  event.traits = addDefaults(defaults.traits, params.traits)
  return finish(event, params, defaults)
}

export function buildAlias(params: AliasParams, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('alias', params, defaults)
  // An alias links two user ids; an anonymous id plays no part in it.
  event.anonymousId = undefined
  event.previousId = params.previousId ?? undefined
  return finish(event, params, defaults)
}

function buildView(
  type: 'page' | 'screen',
  params: PageParams<OptionalIdentity>,
  defaults: EventDefaults,
): SegmentEvent {
  const event = buildEvent(type, params, defaults)
  if (exists(params.category)) event.category = params.category
  if (exists(params.name)) event.name = params.name
  event.properties = addDefaults(defaults.properties, params.properties)
  if (defaults.isLenient && !isPlainObject(params.properties ?? {})) {
    const read: unknown = readAsJson(params.properties)
    // Other values, for example a Date, have no fields.
    event.properties = { ...(typeof read === typeof params.properties && (read as JSONRecord)) }
  }
  return event
}

/** Builds the fields that all types share. Never changes the caller's objects, and copies them if that is cheap. */
function buildEvent(
  type: SegmentEventType,
  params: Omit<TrackParams<OptionalIdentity>, 'event' | 'properties'>,
  defaults: EventDefaults,
): SegmentEvent {
  if (!defaults.isLenient && !isPlainObject(params)) {
    throw new ValidationError(
      'params',
      `of ${type} must be a plain object: { userId, … }; it is ${describeValue(params)}`,
    )
  }
  const event: SegmentEvent = {
    type,
    // A null without a default is sent as it was given.
    userId: params.userId ?? defaults.userId ?? params.userId,
    anonymousId: params.anonymousId ?? defaults.anonymousId ?? params.anonymousId,
    messageId: params.messageId || createUuid(),
    timestamp: params.timestamp ?? new Date(),
    context: CONTEXT,
    integrations: { ...readAsJson(defaults.integrations), ...readAsJson(params.integrations) },
    _metadata: METADATA,
  }
  if (!event.userId && !event.anonymousId && defaults.createAnonymousId && type !== 'alias') {
    try {
      event.anonymousId = defaults.createAnonymousId()
    } catch (cause) {
      const field = '.anonymousId'
      throw new DeliveryError('ERR_INVALID_EVENT', `${field}: the setting anonymousId threw`, { field, cause })
    }
  }
  return event
}

/** Runs once the type's own fields are set, so that error messages can name the event. */
function finish(
  event: SegmentEvent,
  { timestamp, context }: { timestamp?: unknown; context?: unknown },
  defaults: EventDefaults,
): SegmentEvent {
  validateEvent(event, defaults.isLenient)
  if (exists(timestamp) && !defaults.isLenient) validateTimestamp(event, timestamp)
  if (defaults.context || context) event.context = buildContext(event, defaults, context)
  return event
}

/** Leaves other values unchanged, to be validated later. */
function addDefaults(shared: JSONRecord | undefined, own: JSONRecord | undefined): JSONRecord {
  if (!shared || !isPlainObject(own ?? {})) return own ?? {}
  return { ...readAsJson(shared), ...readAsJson(own) }
}

function buildContext(event: SegmentEvent, defaults: EventDefaults, own: unknown): SegmentEvent['context'] {
  const { context: shared, isLenient } = defaults
  if (!isLenient && exists(own) && !isPlainObject(own)) reject(event, '.context', 'a plain object', own)
  // The casts: the scope checked its own context, the line above checks the call's, and a `toJSON` may return anything.
  return stampContext({
    ...(readAsJson(shared) as JSONRecord),
    ...(isPlainObject(own) && (readAsJson(own) as JSONRecord)),
  })
}

/** Adds the SDK's own fields; repeated after plugins, which may have replaced the whole context. */
export function stampEvent(event: SegmentEvent): SegmentEvent {
  return { ...event, context: stampContext(readAsJson(event.context)), _metadata: METADATA }
}

function stampContext(context: JSONRecord | undefined): SegmentEvent['context'] {
  const own = isPlainObject(context) ? context : {}
  const library: unknown = readAsJson(own.library)
  return { ...own, library: { ...(isPlainObject(library) && library), ...LIBRARY } }
}

/** The key in `integrations` that switches off delivery to Segment. */
const SEGMENT = 'Segment.io'

export function isForSegment({ integrations }: SegmentEvent): boolean {
  return integrations?.[SEGMENT] !== false
}

/** An event built elsewhere, unchanged; throws ERR_INVALID_EVENT for anything else. */
export function readBuiltEvent(value: unknown): SegmentEvent {
  const event: unknown = readAsJson(value)
  if (!isPlainObject(event)) reject({ type: 'send' }, 'event', 'an event, as an object', event)
  // The cast: the checks below cover what the SDK relies on; the rest is up to the sender.
  const built = event as Partial<SegmentEvent> as SegmentEvent
  if (!EVENT_TYPES.includes(built.type)) {
    reject({ type: 'send' }, '.type', `one of ${EVENT_TYPES.join(', ')}`, built.type)
  }
  rejectUnusable(built)
  return built
}

/** What can be shown of a call whose event could not be built. */
export function buildShell(type: SegmentEventType, params: unknown): SegmentEvent {
  const event: SegmentEvent = {
    type,
    messageId: createUuid(),
    timestamp: new Date(),
    context: CONTEXT,
    integrations: {},
    _metadata: METADATA,
  }
  try {
    return { ...event, ...(isPlainObject(params) && params), type, messageId: idOf(params) ?? event.messageId }
  } catch {
    return event
  }
}

/** The reason for an event that could not be built. */
export function toInvalidEventError(error: unknown, event: SegmentEvent): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof ValidationError) {
    return new DeliveryError('ERR_INVALID_EVENT', error.message, { field: error.field })
  }
  return new DeliveryError('ERR_NOT_SERIALIZABLE', `${nameEvent(event)} cannot be read`, { cause: error })
}

function idOf(params: unknown): string | undefined {
  const { messageId } = (params ?? {}) as { messageId?: unknown }
  return typeof messageId === 'string' && messageId !== '' ? messageId : undefined
}

function exists<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null
}
