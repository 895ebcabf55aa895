import {
  type ClientSource,
  checkFunction,
  checkTimeout,
  createClientLookup,
  type IdentifiedScope,
  type IdentifyOptions,
  openIdentified,
  refuse,
  type Scope,
  tryTo,
} from '../../src/index.ts'
import { findRequest } from './find-request.ts'
import { forwardCookie, type WithHeaders } from './forward-cookie.ts'
import { isNodeResponse, type NodeResponse, offerCookie, untilResponseEnds } from './node-response.ts'
import type { After, VercelOptions, WithAnalytics, WrappedHandler } from './types.ts'

/** While a response waits for the flush: as long as people do. */
const TIMEOUT_BEFORE_RESPONSE_MS = 2_000

/** @param after Next's, where there is one */
export function createWithAnalytics(after?: After): WithAnalytics {
  return <Result, Input, Second>(
    source: ClientSource | (() => ClientSource),
    handler: (request: Input, second: Second, analytics: Scope) => Result,
    options: VercelOptions & Partial<IdentifyOptions<[request: Input]>> = {},
  ) => {
    // Now, so that a wrong one is seen when the module is loaded, and not by a request.
    const timeout = checkTimeout(options.timeout)
    const limitMs = timeout ?? TIMEOUT_BEFORE_RESPONSE_MS
    const { identify } = options
    checkFunction('identify', identify)
    if (typeof handler !== 'function') refuse('handler', 'a function: withAnalytics(settings, handler)', handler)
    const identifying = identify && { ...options, identify }
    // Only requests use it: a build also loads the module, and has no secrets.
    const findClient = createClientLookup(source)
    const wrapped = async (request: Input, second: Second): Promise<unknown> => {
      const waitUntil = findRequest(second, after)?.waitUntil
      // Without one, what is tracked after the flush is still sent as soon as possible, not after a `flushInterval`.
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
    // A cast: which arguments the handler takes is checked where the user writes it; this code only passes them on.
    return wrapped as WrappedHandler<Input, Second, Result>
  }
}

/** The response with the cookie, for what runs behind a proxy as well. */
function respond(identified: IdentifiedScope, request: unknown, result: unknown): unknown {
  const response = identified.respond(result)
  const { setCookie } = identified
  // The casts: what has no headers that can be changed has no cookie either, and is no matter.
  if (setCookie) tryTo(() => forwardCookie(request as WithHeaders, response as WithHeaders, setCookie))
  return response
}

/** A handler that answers by `res` need not have answered when it returns, nor have returned when it has answered. */
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
      // A handler that throws may leave the response open, so that is an end as well.
      return Promise.race([isOver, result.then(() => isOver)])
    })
    // `result` reports it.
    .catch(() => {})
  const hasThrown = await Promise.resolve(result).then(
    () => false,
    () => true,
  )
  if (!isBound && (hasThrown || response.writableEnded)) {
    // The caller has the response; a host that waits for the handler does not end the process meanwhile.
    await released
    // If not, it is the host that answers, once it has the error.
    await scope.flush({ timeout: response.writableEnded ? undefined : limitMs })
  }
  return result
}
