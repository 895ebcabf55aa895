import { describeValue } from '../check.ts'
import { Context } from '../context.ts'
import { DeliveryError, ValidationError } from '../errors.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import { isThenable } from '../lib/is-thenable.ts'
import { RequestGuard } from '../lib/request-guard.ts'

/**
 * What the code of plugins needs of the client. It is lent, as an import would make it something that two files share: a bundler that
 * splits makes a third file of that, one that does not splits it off in functions, and a client without plugins pays.
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
