export { kvTokenCache, type TokenKVNamespace } from './kv-token-cache.ts'
export type {
  AnalyticsHandlers,
  WorkersContext,
  WorkersEmailMessage,
  WorkersMessage,
  WorkersMessageBatch,
  WorkersOptions,
  WorkersScheduledController,
  WorkersTraceItem,
  WrappedHandlers,
} from './types.ts'
export { withAnalytics } from './with-analytics.ts'
