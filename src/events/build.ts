import { isPlainObject } from '../lib/is-plain-object.ts'
import { mergeRecords } from '../lib/merge-records.ts'
import { detectNodeVersion, detectRuntime } from '../lib/runtime.ts'
import { VERSION } from '../lib/version.ts'
import { refuse } from '../settings/check.ts'
import type {
  AliasParams,
  ExtraContext,
  GroupParams,
  IdentifyParams,
  JSONRecord,
  OptionalIdentity,
  PageParams,
  SegmentEvent,
  SegmentEventType,
  TrackParams,
} from '../types.ts'
import { validateEvent } from './validate.ts'

/** What a scope adds to each of its events. */
export interface EventDefaults extends OptionalIdentity {
  context?: ExtraContext | undefined
}

// What most events have in common is one object for all of them; frozen, since who looks at an event could change it.
const LIBRARY = Object.freeze({ name: 'analytics-edge', version: VERSION })
const CONTEXT: SegmentEvent['context'] = Object.freeze({ library: LIBRARY })
const METADATA: SegmentEvent['_metadata'] = Object.freeze({
  jsRuntime: detectRuntime(),
  nodeVersion: detectNodeVersion(),
})

export function buildTrack(params: TrackParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('track', params, defaults)
  event.event = params.event
  event.properties = params.properties ?? {}
  return validateEvent(event)
}

export function buildIdentify(params: IdentifyParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('identify', params, defaults)
  event.traits = params.traits ?? {}
  return validateEvent(event)
}

export function buildPage(params: PageParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = validateEvent(buildView('page', params, defaults))
  // Segment's destinations look for a page's category among its properties; a screen's stays where it is.
  if (exists(params.category)) event.properties = mergeRecords(event.properties, { category: params.category })
  return event
}

export function buildScreen(params: PageParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  return validateEvent(buildView('screen', params, defaults))
}

export function buildGroup(params: GroupParams<OptionalIdentity>, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('group', params, defaults)
  event.groupId = params.groupId
  event.traits = params.traits ?? {}
  return validateEvent(event)
}

export function buildAlias(params: AliasParams, defaults: EventDefaults): SegmentEvent {
  const event = buildEvent('alias', params, defaults)
  // An alias ties two user ids together; an anonymous id has no part in it.
  event.anonymousId = undefined
  event.previousId = params.previousId
  return validateEvent(event)
}

function buildView(
  type: 'page' | 'screen',
  params: PageParams<OptionalIdentity>,
  defaults: EventDefaults,
): SegmentEvent {
  const event = buildEvent(type, params, defaults)
  if (exists(params.category)) event.category = params.category
  if (exists(params.name)) event.name = params.name
  event.properties = params.properties ?? {}
  return event
}

/** What all types share. The caller's own objects are never changed, nor kept where a copy costs little. */
function buildEvent(
  type: SegmentEventType,
  params: Omit<TrackParams<OptionalIdentity>, 'event' | 'properties'>,
  defaults: EventDefaults,
): SegmentEvent {
  if (!isPlainObject(params)) {
    refuse('params', 'a plain object: { userId, … }', params)
  }
  return {
    type,
    // A null without a default stays: it goes on the wire as it was given.
    userId: params.userId ?? defaults.userId ?? params.userId,
    anonymousId: params.anonymousId ?? defaults.anonymousId ?? params.anonymousId,
    messageId: params.messageId || crypto.randomUUID(),
    timestamp: params.timestamp ?? new Date(),
    context: buildContext(defaults.context, params.context),
    integrations: mergeRecords(params.integrations, undefined),
    _metadata: METADATA,
  }
}

function buildContext(shared: JSONRecord | undefined, own: JSONRecord | undefined): SegmentEvent['context'] {
  if (exists(own) && !isPlainObject(own)) refuse('.context', 'a plain object', own)
  return shared || own ? stampContext(mergeRecords(shared, own)) : CONTEXT
}

/** What the SDK itself says in each event; said again after plugins, which may have replaced the whole context. */
export function stampEvent(event: SegmentEvent): SegmentEvent {
  return { ...event, context: stampContext(event.context), _metadata: METADATA }
}

function stampContext(context: JSONRecord | undefined): SegmentEvent['context'] {
  const own = isPlainObject(context) ? context : {}
  return { ...own, library: { ...(isPlainObject(own.library) && own.library), ...LIBRARY } }
}

function exists<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null
}
