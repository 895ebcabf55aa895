import type { Emitter } from '../../events/emitter.ts'
import { findCapture } from '../../lib/capture.ts'
import { contain } from '../../lib/contain.ts'
import type { Reporter } from '../../lib/reporter.ts'
import type { QueuedEvent } from '../queued-event.ts'
import type { UnhandledFailures } from './unhandled-failures.ts'

export interface Notifiers {
  readonly emitter: Emitter
  readonly unhandled: UnhandledFailures
  readonly reporter: Reporter
}

/**
 * Reports an outcome once to the Delivery, the callback and the emitter, and contains whatever they throw. Returns the
 * callback's promise, if it returned one.
 */
export function notify(notifiers: Notifiers, event: QueuedEvent): Promise<unknown> | undefined {
  const { emitter, unhandled } = notifiers
  const { failure: reason, type } = event
  const isCaptured = findCapture()?.conclude(event)
  event.onReported?.()
  const returned = callBack(notifiers, event)
  if (!reason) {
    if (emitter.has(type)) emitter.emit(type, event.context)
  } else {
    const isHeard =
      emitter.has('error') && emitter.emit('error', { code: 'delivery_failure', reason, ctx: event.context })
    if (!(event.callback || isHeard || isCaptured)) unhandled.note(event)
  }
  return returned
}

export function callBack({ reporter }: Notifiers, event: QueuedEvent): Promise<unknown> | undefined {
  const { callback, failure, type } = event
  if (!callback) return undefined
  return contain(
    () => callback(failure, event.context),
    (error) => reporter.userError(`the callback of ${type}()`, error),
  )
}
