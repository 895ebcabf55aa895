import type { AnyCalls, IdentityOptions, OptionalIdentity, Scope } from '../../src/index.ts'

// Structural types, so that the package has no type dependencies; those of @types/aws-lambda fit.

/** The part of an invocation's context that the wrapper needs. */
export interface LambdaInvocation {
  readonly awsRequestId: string
  getRemainingTimeInMillis(): number
}

/** The context of an invocation. */
export interface LambdaContext extends LambdaInvocation {
  callbackWaitsForEmptyEventLoop: boolean
  functionName: string
  functionVersion: string
  invokedFunctionArn: string
  memoryLimitInMB: string
  awsRequestId: string
  logGroupName: string
  logStreamName: string
  identity?: { cognitoIdentityId: string; cognitoIdentityPoolId: string } | undefined
  clientContext?: LambdaClientContext | undefined
  tenantId?: string | undefined
  /** @deprecated */
  done(error?: Error, result?: unknown): void
  /** @deprecated */
  fail(error: Error | string): void
  /** @deprecated */
  succeed(message: unknown, object?: unknown): void
}

export interface LambdaClientContext {
  client: {
    installationId: string
    appTitle: string
    appVersionName: string
    appVersionCode: string
    appPackageName: string
  }
  custom?: unknown
  env: { platformVersion: string; platform: string; make: string; model: string; locale: string }
}

/** The part that the wrapper needs of a response stream, which a handler under `awslambda.streamifyResponse` writes to. */
export interface LambdaResponseStream {
  readonly writableFinished: boolean
  readonly destroyed: boolean
  once(event: 'finish' | 'close' | 'error', listener: () => void): unknown
}

/** A handler with the invocation's scope as its last argument. */
export type AnalyticsHandler<Event, Context, Result, Calls extends AnyCalls = AnyCalls> = (
  event: Event,
  context: Context,
  analytics: Scope<IdentityOptions, Calls>,
) => Result | PromiseLike<Result>

/** Such a handler if `identify` sets the ids of the scope, so that its calls need none. */
export type IdentifiedHandler<Event, Context, Result, Calls extends AnyCalls = AnyCalls> = (
  event: Event,
  context: Context,
  analytics: Scope<OptionalIdentity, Calls>,
) => Result | PromiseLike<Result>

/** A streaming handler with the invocation's scope as its last argument. */
export type AnalyticsStreamHandler<Event, Stream, Context, Result, Calls extends AnyCalls = AnyCalls> = (
  event: Event,
  responseStream: Stream,
  context: Context,
  analytics: Scope<IdentityOptions, Calls>,
) => Result | PromiseLike<Result>

/** Such a streaming handler if `identify` sets the ids of the scope, so that its calls need none. */
export type IdentifiedStreamHandler<Event, Stream, Context, Result, Calls extends AnyCalls = AnyCalls> = (
  event: Event,
  responseStream: Stream,
  context: Context,
  analytics: Scope<OptionalIdentity, Calls>,
) => Result | PromiseLike<Result>

/** The handler as the runtime calls it. */
export type WrappedHandler<Event, Context, Result> = (event: Event, context: Context) => Promise<Result>

/** The streaming handler as the runtime calls it. */
export type WrappedStreamHandler<Event, Stream, Context, Result> = (
  event: Event,
  responseStream: Stream,
  context: Context,
) => Promise<Result>

export interface LambdaOptions {
  /**
   * When the events of an invocation are sent: before the result is returned, or after it, by an internal extension that
   * keeps Lambda from freezing the environment meanwhile.
   * @default 'before-response'
   */
  flush?: 'before-response' | 'after-response' | undefined
  /**
   * Milliseconds that the flush of an invocation may take: 1 to 2147483647. If a flush after the response is not possible,
   * it precedes the response and takes at most 2000.
   * @default 2000 before the response, because the caller waits; 5000 after it
   */
  timeout?: number | undefined
  /**
   * Milliseconds before the function's timeout at which a flush stops, so that the runtime can return the result: 0 to 2147483647.
   * @default 500
   */
  margin?: number | undefined
}
