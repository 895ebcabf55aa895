export type { Scope } from '../../src/index.ts'
export { type ConsumeQueueOptions, consumeQueue } from './consume-queue.ts'
export type {
  WorkersContext,
  WorkersEmailMessage,
  WorkersMessage,
  WorkersMessageBatch,
  WorkersScheduledController,
  WorkersTraceItem,
} from './host-types.ts'
export { kvTokenCache, type TokenKVNamespace } from './kv-token-cache.ts'
export { type EventQueue, toQueue } from './to-queue.ts'
export type { AnalyticsHandlers, IdentifyingOptions, WithAnalytics, WorkersOptions, WrappedHandlers } from './types.ts'
export { withAnalytics } from './with-analytics.ts'
