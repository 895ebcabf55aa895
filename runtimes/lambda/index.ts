export type { Scope } from '../../src/index.ts'
export {
  type ConsumeSqsOptions,
  consumeSqs,
  type SqsBatchResponse,
  type SqsEvent,
  type SqsRecord,
} from './consume-sqs.ts'
export {
  type AnalyticsContext,
  type AnalyticsMiddleware,
  analyticsMiddleware,
  type MiddyRequest,
} from './middleware.ts'
export type { SqsAnswer, SqsBatch, SqsByFetch, SqsMessage, SqsVisibility } from './sqs-api.ts'
export { type SqsBySend, type SqsTarget, toSqs } from './to-sqs.ts'
export type {
  AnalyticsHandler,
  AnalyticsStreamHandler,
  IdentifiedHandler,
  IdentifiedStreamHandler,
  LambdaClientContext,
  LambdaContext,
  LambdaInvocation,
  LambdaOptions,
  LambdaResponseStream,
  WrappedHandler,
  WrappedStreamHandler,
} from './types.ts'
export { withAnalytics } from './with-analytics.ts'
