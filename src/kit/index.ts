// What wrappers are built from. Those of others get a part of it, `analytics-edge/kit`: `runtimes/kit`.

export { CLIENT, setPrivate } from '../analytics.ts'
export { provideRequestKey } from '../delivery/request-queues.ts'
export { toInvalidEventError } from '../events/build.ts'
export {
  type Consumed,
  type ConsumedMessage,
  type ConsumeOptions,
  consumeMessages,
} from '../hand-over/consume-messages.ts'
export { toHeaderRecord } from '../http/headers.ts'
export type { AsyncStore } from '../lib/async-store.ts'
export type { Capture, CapturedEvent } from '../lib/capture.ts'
export { contain } from '../lib/contain.ts'
export { describeError } from '../lib/describe-error.ts'
export { EVENT_TYPES } from '../lib/event-types.ts'
export { findPendingEvents } from '../lib/exit-warning.ts'
export { provideStore } from '../lib/invocations.ts'
export { isPlainObject } from '../lib/is-plain-object.ts'
export { isThenable } from '../lib/is-thenable.ts'
export { readAsJson } from '../lib/read-as-json.ts'
export { Reporter } from '../lib/reporter.ts'
export { tryTo } from '../lib/try-to.ts'
export { withLimit } from '../lib/with-limit.ts'
export type { Checks } from '../settings/check.ts'
export {
  checkFunction,
  checkMilliseconds,
  checkTimeout,
  choice,
  MAX_TIMER_MS,
  throwInvalid,
} from '../settings/check.ts'
export { checkOptions } from '../settings/check-options.ts'
export { forbidsCookie } from './add-cookie.ts'
export { type ClientSource, createClientLookup, toClient } from './client-source.ts'
export { type Identified, type IdentifiedScope, type IdentifyOptions, openIdentified } from './identify.ts'
