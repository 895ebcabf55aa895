export {
  type AnalyticsContext,
  type AnalyticsMiddleware,
  analyticsMiddleware,
  type MiddyRequest,
} from './middleware.ts'
export type {
  AnalyticsHandler,
  AnalyticsStreamHandler,
  LambdaClientContext,
  LambdaContext,
  LambdaInvocation,
  LambdaOptions,
  LambdaResponseStream,
  WrappedHandler,
  WrappedStreamHandler,
} from './types.ts'
export { withAnalytics } from './with-analytics.ts'
