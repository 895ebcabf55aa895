import type { Scope } from '../../src/index.ts'
import {
  type ClientSource,
  checkFunction,
  checkTimeout,
  createClientLookup,
  type IdentifiedScope,
  type IdentifyOptions,
  openIdentified,
  throwInvalid,
  tryTo,
} from '../../src/kit/index.ts'
import { findRequest } from './find-request.ts'
import { forwardCookie, type WithHeaders } from './forward-cookie.ts'
import { isNodeResponse, type NodeResponse, offerCookie, untilResponseEnds } from './node-response.ts'
import type { After, VercelOptions, WithAnalytics, WrappedHandler } from './types.ts'

/** How long a response waits for the flush: about as long as people are willing to. */
const TIMEOUT_BEFORE_RESPONSE_MS = 2_000

/** @param after Next's, if available */
export function createWithAnalytics(after?: After): WithAnalytics {
  return <Result, Input, Second>(
    source: ClientSource | (() => ClientSource),
    handler: (request: Input, second: Second, analytics: Scope) => Result,
    options: VercelOptions & Partial<IdentifyOptions<[request: Input]>> = {},
  ) => {
    // Checked now, so that an invalid one fails when the module is loaded, not on a request.
    const timeout = checkTimeout(options.timeout)
    const limitMs = timeout ?? TIMEOUT_BEFORE_RESPONSE_MS
    const { identify } = options
    checkFunction('identify', identify)
    if (typeof handler !== 'function') throwInvalid('handler', 'a function: withAnalytics(settings, handler)', handler)
    const identifying = identify && { ...options, identify }
    // Called only for requests: a build also loads the module, and has no secrets.
    const findClient = createClientLookup(source)
    const wrapped = async (request: Input, second: Second): Promise<unknown> => {
      const waitUntil = findRequest(second, after)?.waitUntil
      // Without a host's, events tracked after the flush are still sent as soon as possible, not after a
      // `flushInterval`.
      const scopeOptions = { waitUntil: waitUntil ?? (() => {}), timeout }
      const identified = identifying && (await openIdentified(findClient(), scopeOptions, identifying, request))
      const scope = identified?.scope ?? findClient().scope(scopeOptions)
      const run = () => handler(request, second, scope)
      if (isNodeResponse(second)) {
        offerCookie(second, identified?.setCookie)
        return runUntilResponseEnds(scope, run, second, waitUntil !== undefined, limitMs)
      }
      try {
        const result = await scope.run(run)
        return identified ? respond(identified, request, result) : result
      } finally {
        if (!waitUntil) await scope.flush({ timeout: limitMs })
      }
    }
    // A cast: the handler's types are checked in the user's code; this code only passes arguments on.
    return wrapped as WrappedHandler<Input, Second, Result>
  }
}

/** The response with the cookie, which code behind a proxy also receives. */
function respond(identified: IdentifiedScope, request: unknown, result: unknown): unknown {
  const response = identified.respond(result)
  const { setCookie } = identified
  // The casts: anything without mutable headers simply gets no cookie.
  if (setCookie) tryTo(() => forwardCookie(request as WithHeaders, response as WithHeaders, setCookie))
  return response
}

/** A handler that responds through `res` may return before the response ends, or after. */
async function runUntilResponseEnds(
  scope: Scope,
  handler: () => unknown,
  response: NodeResponse,
  isBound: boolean,
  limitMs: number,
): Promise<unknown> {
  const isOver = untilResponseEnds(response)
  let result: Promise<unknown> | undefined
  const released = scope
    .run(() => {
      result = (async () => handler())()
      // A handler that throws may not have closed the response, so a throw also counts as its end.
      return Promise.race([isOver, result.then(() => isOver)])
    })
    // `result` reports it.
    .catch(() => {})
  const hasThrown = await Promise.resolve(result).then(
    () => false,
    () => true,
  )
  if (!isBound && (hasThrown || response.writableEnded)) {
    // The caller has the response, and the host does not stop the process while it waits for the handler.
    await released
    // If the response is still open, the host sends it once it has the error.
    await scope.flush({ timeout: response.writableEnded ? undefined : limitMs })
  }
  return result
}
