// How wrappers find out who has made a request.

import type { Analytics } from '../analytics.ts'
import { ValidationError } from '../errors.ts'
import { isThenable } from '../lib/is-thenable.ts'
import { Reporter } from '../lib/reporter.ts'
import { tryTo } from '../lib/try-to.ts'
import { withLimit } from '../lib/with-limit.ts'
import type { Scope } from '../scope.ts'
import type { OptionalIdentity, ScopeIdentity, ScopeOptions } from '../types.ts'
import { addCookie } from './add-cookie.ts'

/** Who made a request, as `fromRequest()` of `analytics-edge/request` returns it. */
export type Identified = ScopeIdentity & {
  /** A `Set-Cookie` header for the response. */
  setCookie?: string | undefined
}

/** Options of a wrapper whose invocations are requests. */
export interface IdentifyOptions<Args extends readonly unknown[]> {
  /**
   * Returns who made a request; the calls of its invocation then need no id. If it throws, returns no id or takes longer than two
   * seconds, the handler runs as usual, a warning says why, and no event of the request is sent.
   */
  identify(...args: Args): Identified | Promise<Identified>
  /**
   * Whether to add the cookie to the response, so that analytics.js adopts the id.
   * @default false
   */
  setCookie?: boolean | undefined
}

/** What `openIdentified()` returns. */
export interface IdentifiedScope {
  /** The scope to run the handler in: its calls need no id. */
  readonly scope: Scope<OptionalIdentity>
  /** The `Set-Cookie` header to add, if the option `setCookie` asks for it; for hosts whose response is not a `Response`. */
  readonly setCookie: string | undefined
  /** The response with the cookie: the same object, or a copy if its headers cannot be changed. Without a cookie, the same object. */
  respond<Response>(response: Response): Response
}

/** Below the default timeout of a Lambda function, so that its handler still has time. */
const LIMIT_MS = 2_000

/**
 * Opens the scope of a request and identifies its user. Never rejects: if `identify` throws, returns no id or takes longer than two
 * seconds, the problem is logged, and the scope sends nothing.
 *
 * @param options of the scope, usually the host's `waitUntil`, and the `timeout` of a flush in milliseconds
 * @param args the arguments of `identify`
 */
export async function openIdentified<Args extends readonly unknown[]>(
  client: Analytics,
  options: ScopeOptions,
  { identify, setCookie }: IdentifyOptions<Args>,
  ...args: Args
): Promise<IdentifiedScope> {
  let scope: Scope<OptionalIdentity>
  let cookie: string | undefined
  try {
    const returned = identify(...args)
    const identity = isThenable(returned)
      ? await withLimit<Identified>(returned, LIMIT_MS, () => new Error(`a timeout after ${LIMIT_MS} ms`))
      : returned
    if (!identity.userId && !identity.anonymousId)
      throw new ValidationError('identify', 'must return a userId or an anonymousId')
    scope = client.scope({ ...identity, ...options })
    if (setCookie) cookie = identity.setCookie
  } catch (error) {
    new Reporter(String).userError('identify()', error)
    scope = client.scope({ ...options, anonymousId: 'unidentified', disable: true })
  }
  return {
    scope,
    setCookie: cookie,
    // Some responses, for example of a WebSocket, accept no cookie. The casts: a copy has the same type.
    respond: (response) => tryTo(() => cookie && (addCookie(response as never, cookie) as never)) || response,
  }
}
