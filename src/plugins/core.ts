import { DeliveryError, ValidationError } from '../errors.ts'
import { Context } from '../events/context.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { isThenable } from '../lib/is-thenable.ts'
import { RequestGuard } from '../lib/request-guard.ts'
import { describeValue } from '../settings/check.ts'

/**
 * What the code of plugins needs of the client. It is lent, not imported: bundlers that split cut out what two files share into a
 * third, others wrap it in functions, and a client without plugins would pay for that.
 */
export const CORE = {
  Context,
  DeliveryError,
  ValidationError,
  RequestGuard,
  EVENT_TYPES,
  describeValue,
  isPlainObject,
  isThenable,
}

export type Core = typeof CORE
