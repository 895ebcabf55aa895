// Compiled, not run: what the types of a wrapped handler must and must not allow.
import middy from '@middy/core'
import { Analytics, type OptionalIdentity, type Scope } from 'analytics-edge'
import { analyticsMiddleware, withAnalytics } from 'analytics-edge/lambda'
import { fromRequest } from 'analytics-edge/request'
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyResultV2,
  Context,
  Handler,
  LambdaFunctionURLEvent,
  SQSBatchResponse,
  SQSEvent,
  SQSHandler,
  StreamifyHandler,
} from 'aws-lambda'

const settings = { writeKey: 'k' }

/** Fails to compile unless both are the same type. */
function same<A, B>(_: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false): void {}

// From the type of the handler that is declared.
export const http: APIGatewayProxyHandlerV2 = withAnalytics(settings, async (event, context, analytics) => {
  same<typeof event, APIGatewayProxyEventV2>(true)
  same<typeof context, Context>(true)
  same<typeof analytics, Scope>(true)
  analytics.track({ userId: 'u', event: event.rawPath })
  // @ts-expect-error no id
  analytics.track({ event: 'e' })
  return { statusCode: 200, body: context.awsRequestId }
})

export const queue: SQSHandler = withAnalytics(new Analytics(settings), async (event, _context, analytics) => {
  for (const { messageId } of event.Records) analytics.track({ anonymousId: messageId, event: 'e' })
  return { batchItemFailures: [] }
})

export const own: Handler<{ id: string }, { state: 'ok' }> = withAnalytics(settings, async ({ id }, _, analytics) => {
  analytics.track({ userId: id, event: 'e' })
  return { state: 'ok' }
})

// @ts-expect-error the result is not what the handler's type says
export const wrongResult: Handler<{ id: string }, { state: 'ok' }> = withAnalytics(settings, async () => ({ state: 1 }))

// From annotated parameters.
const annotated = withAnalytics(settings, async (event: SQSEvent, context: Context, analytics) => {
  analytics.track({ userId: context.awsRequestId, event: 'e', properties: { count: event.Records.length } })
  return { batchItemFailures: [] } satisfies SQSBatchResponse
})
same<Parameters<typeof annotated>, [event: SQSEvent, context: Context]>(true)
same<ReturnType<typeof annotated>, Promise<{ batchItemFailures: never[] }>>(true)
export const handler: SQSHandler = annotated

// A handler that returns a value; one without any annotation; options.
const value = withAnalytics(settings, (event: { n: number }) => event.n, { flush: 'after-response', timeout: 1_000 })
same<ReturnType<typeof value>, Promise<number>>(true)
withAnalytics(settings, async (event, context, analytics) => {
  same<typeof event, unknown>(true)
  analytics.track({ userId: context.awsRequestId, event: context.functionName })
})
// @ts-expect-error no such mode
withAnalytics(settings, async () => {}, { flush: 'never' })
// @ts-expect-error a callback handler is not one that the runtime takes
withAnalytics(settings, (_event: unknown, _context: Context, callback: (error: Error) => void) => callback(new Error()))

// Streaming, in both orders.
export const stream = awslambda.streamifyResponse(
  withAnalytics(
    settings,
    async (event: APIGatewayProxyEventV2, stream: awslambda.HttpResponseStream, context: Context, analytics: Scope) => {
      analytics.track({ userId: context.awsRequestId, event: event.rawPath })
      stream.end('ok')
    },
  ),
)
same<typeof stream, StreamifyHandler<APIGatewayProxyEventV2, void>>(true)

// middy.
export const withMiddy = middy<APIGatewayProxyEventV2, APIGatewayProxyResultV2>()
  .use(analyticsMiddleware(settings, { timeout: 1_000 }))
  .handler(async (event, context) => {
    same<typeof context.analytics, Scope>(true)
    context.analytics.track({ userId: context.awsRequestId, event: event.rawPath })
    return { statusCode: 204 }
  })
export const middyBehind: Handler<APIGatewayProxyEventV2> = withAnalytics(
  settings,
  (event: APIGatewayProxyEventV2, context: Context) =>
    withMiddy(event, { ...context, analytics: new Analytics(settings).scope() }),
  { flush: 'after-response' },
)

// With identify, a call needs no id. Each HTTP event is a request.
export const identified: APIGatewayProxyHandlerV2 = withAnalytics(
  settings,
  async (event, _context, analytics) => {
    analytics.track({ event: event.rawPath })
    return { statusCode: 200 }
  },
  { identify: (event) => fromRequest(event, { host: 'lambda', ip: true }), setCookie: true },
)
const either = async (
  _event: APIGatewayProxyEvent | LambdaFunctionURLEvent | ALBEvent,
  _context: Context,
  analytics: Scope<OptionalIdentity>,
) => void analytics.track({ event: 'e' })
withAnalytics(settings, either, { identify: (event) => fromRequest(event) })
export const identifiedStream = awslambda.streamifyResponse(
  withAnalytics(
    settings,
    async (
      event: LambdaFunctionURLEvent,
      stream: awslambda.HttpResponseStream,
      _context: Context,
      analytics: Scope<OptionalIdentity>,
    ) => {
      analytics.track({ event: event.rawPath })
      stream.end('ok')
    },
    { identify: (event) => fromRequest(event), setCookie: true },
  ),
)
same<typeof identifiedStream, StreamifyHandler<LambdaFunctionURLEvent, void>>(true)
export const identifiedMiddy = middy<APIGatewayProxyEventV2, APIGatewayProxyResultV2>()
  .use(
    analyticsMiddleware(settings, { identify: (event: APIGatewayProxyEventV2) => fromRequest(event), setCookie: true }),
  )
  .handler(async (event, context) => {
    context.analytics.track({ event: event.rawPath })
    return { statusCode: 204 }
  })
// @ts-expect-error an event of a queue is no request
withAnalytics(settings, async (_event: SQSEvent) => {}, { identify: (event) => fromRequest(event) })
