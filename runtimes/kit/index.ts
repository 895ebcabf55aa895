import type { Analytics } from '../../src/index.ts'
import {
  type ClientSource,
  createClientLookup as createPrivateLookup,
  setPrivate,
  toClient as toPrivateClient,
} from '../../src/kit/index.ts'

export {
  type AsyncStore,
  type ClientSource,
  type Consumed,
  type ConsumedMessage,
  type ConsumeOptions,
  consumeMessages,
  forbidsCookie,
  type Identified,
  type IdentifiedScope,
  type IdentifyOptions,
  openIdentified,
  provideStore,
} from '../../src/kit/index.ts'

/**
 * Creates the client of a wrapper when its module is loaded. The same settings object gives the same client in every wrapper.
 *
 * @param source settings, or a client, which is returned unchanged, even a fake or one from another copy of the package
 * @throws ValidationError for invalid settings, and for a client of an incompatible version
 * @example
 * import { type ClientSource, toClient } from 'analytics-edge/kit'
 *
 * export function withAnalytics(source: ClientSource, job: () => Promise<void>) {
 *   const client = toClient(source)
 *   return () => client.scope().run(job)
 * }
 */
export function toClient(source: ClientSource): Analytics {
  return share(toPrivateClient(source))
}

/**
 * Creates the client of a wrapper at its first request, for hosts that have no secrets before. The client is created once.
 *
 * Invalid settings, for example a missing secret, do not throw into a request: they are logged, the request gets a client whose events
 * fail with `ERR_INVALID_SETTINGS`, and the next request tries again.
 *
 * @param source settings, a client, or a function that returns either; it gets the arguments of the lookup
 * @param where completes "the settings … are wrong" in the log
 * @default where 'given to withAnalytics'
 * @returns a function that returns the client, and never throws
 * @example
 * import { createClientLookup } from 'analytics-edge/kit'
 *
 * const findClient = createClientLookup((env: { WRITE_KEY: string }) => ({ writeKey: env.WRITE_KEY }))
 * const scope = findClient({ WRITE_KEY: 'k' }).scope()
 */
export function createClientLookup<Args extends readonly unknown[]>(
  source: ClientSource | ((...args: Args) => ClientSource),
  where?: string,
): (...args: Args) => Analytics {
  const find = createPrivateLookup(source, where)
  return (...args) => share(find(...args))
}

/** Its wrapper is the user's, whose code may call the client as well as its scopes. */
function share(client: Analytics): Analytics {
  setPrivate(client, false)
  return client
}
