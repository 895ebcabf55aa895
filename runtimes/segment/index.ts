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

// The same classes. The casts: of their private fields, nobody needs to know.

export type Context = types.SegmentContext
export const Context = CoreContext as unknown as types.ContextConstructor

export interface FetchHTTPClient extends HTTPClient {}
export const FetchHTTPClient = CoreFetchHTTPClient as types.FetchHTTPClientConstructor

/** A plugin that removes or hashes fields before anybody else sees them. It is not there in Segment's library. */
export const redact = coreRedact as unknown as (options: RedactOptions) => types.Plugin
