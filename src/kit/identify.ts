// How wrappers find out who has made a request.

import type { Analytics } from '../analytics.ts'
import { ValidationError } from '../errors.ts'
import { Reporter } from '../lib/reporter.ts'
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
   * Says who made a request; the calls of its invocation then need no id. If it throws or returns no id, the handler runs as
   * usual, a warning says why, and no event of the request is sent.
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

/**
 * Opens the scope of a request and identifies its user. Never rejects: if `identify` throws or returns no id, the problem is logged, and the
 * scope sends nothing.
 *
 * @param options of the scope, usually the host's `waitUntil`, and the `timeout` of a flush in milliseconds
 * @param args what `identify` is called with
 */
export async function openIdentified<Args extends readonly unknown[]>(
  client: Analytics,
  options: ScopeOptions,
  { identify, setCookie: isWanted }: IdentifyOptions<Args>,
  ...args: Args
): Promise<IdentifiedScope> {
  try {
    const identity = await identify(...args)
    const { userId, anonymousId, setCookie } = identity
    if (!userId && !anonymousId) throw new ValidationError('identify', 'must return a userId or an anonymousId')
    const scope: Scope<OptionalIdentity> = client.scope({ ...identity, ...options })
    const cookie = isWanted ? setCookie : undefined
    return {
      scope,
      setCookie: cookie,
      respond(response) {
        try {
          // The casts: a copy has the same type.
          return cookie ? (addCookie(response as never, cookie) as never) : response
        } catch {
          // Some responses, for example of a WebSocket, accept no cookie.
          return response
        }
      },
    }
  } catch (error) {
    new Reporter(String).userError('identify()', error)
    const scope = client.scope({ ...options, anonymousId: 'unidentified', disable: true })
    return { scope, setCookie: undefined, respond: (response) => response }
  }
}
