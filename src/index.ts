export { Analytics, Analytics as default, type Plugin } from './analytics.ts'
export { createAnalytics } from './create-analytics.ts'
export type { Delivery } from './delivery/outcome/delivery.ts'
export type { Callback } from './delivery/queued-event.ts'
export { DeliveryError, type DeliveryErrorCode, ValidationError } from './errors.ts'
export { Context, ContextCancelation } from './events/context.ts'
export type { AnalyticsEvents, EmittedError, HTTPRequestEvent, HTTPResponseEvent } from './events/emitter.ts'
export { createHandOver, type HandOverMessage, type HandOverTarget } from './hand-over/create-hand-over.ts'
export { readHandedOver } from './hand-over/message-format.ts'
export { FetchHTTPClient } from './http/client.ts'
export type {
  HTTPClient,
  HTTPClientRequest,
  HTTPFetchFn,
  HTTPFetchRequest,
  HTTPHeaders,
  HTTPResponse,
} from './http/types.ts'
export type { PluginFor, PluginType } from './plugins/plugin.ts'
export { type RedactOptions, redact } from './plugins/redact.ts'
export type { Scope } from './scope.ts'
export type { OAuthCryptoKey, OAuthJWK, OAuthSettings, TokenCache } from './settings/oauth-settings.ts'
export type { AnalyticsSettings } from './settings/settings.ts'
export type {
  AliasParams,
  AnyCalls,
  CloseAndFlushParams,
  Defaults,
  EventProperties,
  ExtraContext,
  FlushParams,
  FlushResult,
  GroupParams,
  GroupTraits,
  HandedEvent,
  HandOver,
  HandOverCircumstances,
  HandOverSettings,
  IdentifyParams,
  IdentityOptions,
  IntegrationsOptions,
  JSONRecord,
  OptionalIdentity,
  Outcome,
  PageParams,
  PendingOutcome,
  Plan,
  PlanHook,
  ScopeIdentity,
  ScopeOptions,
  SegmentEvent,
  SegmentEventType,
  SendOptions,
  Timestamp,
  TrackParams,
  UserTraits,
} from './types.ts'
