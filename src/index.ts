export { Analytics, Analytics as default, type Plugin } from './analytics.ts'
export { checkMilliseconds, checkTimeout } from './check.ts'
export { type ClientSource, toClient, toTolerantClient } from './client-source.ts'
export { Context, ContextCancelation } from './context.ts'
export type { Delivery } from './delivery/delivery.ts'
export type { Callback } from './delivery/entry.ts'
export { FetchHTTPClient } from './delivery/http-client.ts'
export type { AnalyticsEvents, EmittedError, HTTPRequestEvent, HTTPResponseEvent } from './emitter.ts'
export { DeliveryError, type DeliveryErrorCode, ValidationError } from './errors.ts'
export type {
  HTTPClient,
  HTTPClientRequest,
  HTTPFetchFn,
  HTTPFetchRequest,
  HTTPHeaders,
  HTTPResponse,
} from './http.ts'
export type { OAuthCryptoKey, OAuthJWK, OAuthSettings, TokenCache } from './oauth-settings.ts'
export type { PluginType } from './plugins/plugin.ts'
export type { Scope } from './scope.ts'
export type { AnalyticsSettings } from './settings.ts'
export type {
  AliasParams,
  CloseAndFlushParams,
  EventProperties,
  ExtraContext,
  FlushParams,
  FlushResult,
  GroupParams,
  GroupTraits,
  IdentifyParams,
  IdentityOptions,
  IntegrationsOptions,
  OptionalIdentity,
  PageParams,
  ScopeOptions,
  SegmentEvent,
  SegmentEventType,
  Timestamp,
  TrackParams,
  UserTraits,
} from './types.ts'
