// For programs written for Segment's library: the same client, with Segment's own types and returns.

import {
  Context as CoreContext,
  FetchHTTPClient as CoreFetchHTTPClient,
  redact as coreRedact,
  type HTTPClient,
  type RedactOptions,
} from '../../src/index.ts'
import type * as types from './types.ts'

export type {
  AliasParams,
  AnalyticsSettings,
  GroupParams,
  GroupTraits,
  HTTPClient,
  HTTPClientRequest,
  HTTPFetchFn,
  HTTPFetchRequest,
  HTTPResponse,
  IdentifyParams,
  OAuthSettings,
  PageParams,
  RedactOptions,
  TrackParams,
  UserTraits,
} from '../../src/index.ts'
export { DeliveryError, ValidationError } from '../../src/index.ts'
export { Analytics, Analytics as default } from './analytics.ts'
export type { Plugin } from './types.ts'

// The same classes. The casts hide their private fields.

export interface Context extends types.SegmentContext {}
/**
 * The class of the contexts that plugins, callbacks and listeners get.
 *
 * @example
 * import { Context } from 'analytics-edge/segment'
 *
 * const ctx = new Context({ type: 'track', event: 'Order Placed', userId: '019mr8mf4r' })
 */
export const Context = CoreContext as unknown as types.ContextConstructor

/** The HTTP client that makes requests with `fetch`. */
export interface FetchHTTPClient extends HTTPClient {}
/**
 * The class of the default HTTP client: it makes requests with the runtime's `fetch`, or with a function like it.
 *
 * @example
 * new Analytics({ writeKey, httpClient: new FetchHTTPClient(proxyFetch) })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#override-the-default-http-client | Segment's library: HTTP client}
 */
export const FetchHTTPClient = CoreFetchHTTPClient as types.FetchHTTPClientConstructor

/**
 * Creates a plugin that removes or hashes fields of each event before anything else sees them. Segment's library does not have it.
 *
 * @param options `drop`, `hash` and `keep`: paths of fields
 * @throws {@link ValidationError} for an unknown option, or a path that no event has
 * @example
 * import { Analytics, redact } from 'analytics-edge/segment'
 *
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 * await analytics.register(redact({ drop: ['context.ip'], hash: ['traits.email'] }))
 */
export const redact = coreRedact as unknown as (options: RedactOptions) => types.Plugin
