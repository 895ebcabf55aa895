export { Analytics, Analytics as default, CLIENT, type Plugin } from './analytics.ts'
export { createAnalytics } from './create-analytics.ts'
export type { Delivery } from './delivery/outcome/delivery.ts'
export type { Callback } from './delivery/queued-event.ts'
export { provideRequestKey } from './delivery/request-queues.ts'
export { DeliveryError, type DeliveryErrorCode, ValidationError } from './errors.ts'
export { toInvalidEventError } from './events/build.ts'
export { Context, ContextCancelation } from './events/context.ts'
export type { AnalyticsEvents, EmittedError, HTTPRequestEvent, HTTPResponseEvent } from './events/emitter.ts'
export { checkOptions } from './hand-over/check-options.ts'
export {
  type Consumed,
  type ConsumedMessage,
  type ConsumeOptions,
  consumeMessages,
} from './hand-over/consume-messages.ts'
export { createHandOver, type HandOverMessage, type HandOverTarget } from './hand-over/create-hand-over.ts'
export { readHandedOver } from './hand-over/message-format.ts'
export { FetchHTTPClient } from './http/client.ts'
export { toHeaderRecord } from './http/headers.ts'
export type {
  HTTPClient,
  HTTPClientRequest,
  HTTPFetchFn,
  HTTPFetchRequest,
  HTTPHeaders,
  HTTPResponse,
} from './http/types.ts'
export { forbidsCookie } from './kit/add-cookie.ts'
export { type ClientSource, createClientLookup, toClient } from './kit/client-source.ts'
export { type Identified, type IdentifiedScope, type IdentifyOptions, openIdentified } from './kit/identify.ts'
export type { AsyncStore } from './lib/async-store.ts'
export type { Capture } from './lib/capture.ts'
export { EVENT_TYPES } from './lib/event-types.ts'
export { findPendingEvents } from './lib/exit-warning.ts'
export { provideStore } from './lib/invocations.ts'
export { isPlainObject } from './lib/is-plain-object.ts'
export { Reporter } from './lib/reporter.ts'
export { tryTo } from './lib/try-to.ts'
export { withLimit } from './lib/with-limit.ts'
export type { PluginFor, PluginType } from './plugins/plugin.ts'
export { type RedactOptions, redact } from './plugins/redact.ts'
export type { Scope } from './scope.ts'
export type { Checks } from './settings/check.ts'
export {
  checkFunction,
  checkMilliseconds,
  checkSettings,
  checkTimeout,
  choice,
  MAX_TIMER_MS,
  throwInvalid,
} from './settings/check.ts'
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
