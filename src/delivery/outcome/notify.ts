import type { DeliveryError } from '../../errors.ts'
import type { Context } from '../../events/context.ts'
import type { Emitter } from '../../events/emitter.ts'
import { isThenable } from '../../lib/is-thenable.ts'
import { reportUserError } from '../../lib/report.ts'
import type { Callback, QueuedEvent } from '../queued-event.ts'
import type { UnhandledFailures } from './unhandled-failures.ts'

export interface Notifiers {
  readonly emitter: Emitter
  readonly unhandled: UnhandledFailures
}

/**
 * Tells an outcome once to each of its three: the Delivery, the callback, the emitter. Answers with the promise that the
 * callback returned, if it did.
 */
export function notify({ emitter, unhandled }: Notifiers, entry: QueuedEvent): PromiseLike<unknown> | undefined {
  const { callback, failure: reason } = entry
  entry.onSettled?.()
  const returned = callback && callBack(callback, entry.context, reason)
  if (!reason) {
    if (emitter.has(entry.type)) emitter.emit(entry.type, entry.context)
  } else {
    if (emitter.has('error')) emitter.emit('error', { code: 'delivery_failure', reason, ctx: entry.context })
    if (!callback && !emitter.has('error')) unhandled.note(entry, reason)
  }
  return returned
}

/** Calls a call's callback; what it throws or rejects with is reported and goes no further. */
export function callBack(
  callback: Callback,
  context: Context,
  reason: DeliveryError | undefined,
): PromiseLike<unknown> | undefined {
  const where = `the callback of ${context.event.type}()`
  try {
    const returned = callback(reason, context)
    if (!isThenable(returned)) return undefined
    return returned.then(undefined, (error) => reportUserError(where, error))
  } catch (error) {
    reportUserError(where, error)
    return undefined
  }
}
