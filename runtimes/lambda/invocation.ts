import type { Analytics, Scope } from '../../src/index.ts'
import { FreezableInvocation } from './freezable-invocation.ts'
import { ManagedInvocation } from './managed-invocation.ts'
import type { ResolvedOptions } from './options.ts'
import type { LambdaInvocation } from './types.ts'

/** One run of the handler, from its start until no event of it is in flight any more. */
export interface Invocation {
  readonly scope: Scope
  /** Flushes when the handler has ended. The result waits for the promise that this returns. */
  end(): Promise<void>
}

/** The scopes of invocations that a wrapper looks after, by their contexts: a middleware inside one leaves the flush to it. */
const scopes = new WeakMap<LambdaInvocation, Scope>()

export function scopeOf(context: LambdaInvocation): Scope | undefined {
  return scopes.get(context)
}

/** @param scope of the invocation, if its request has been identified */
export function beginInvocation(
  client: Analytics,
  context: LambdaInvocation,
  options: ResolvedOptions,
  scope: Scope = client.scope(),
): Invocation {
  const invocation = isManagedInstance()
    ? new ManagedInvocation(scope, context, options)
    : new FreezableInvocation(client, scope, context, options)
  // A unit test may call a handler without one.
  if (typeof context === 'object' && context !== null) scopes.set(context, invocation.scope)
  return invocation
}

/** Whether this environment runs several invocations at once. Such a one is never frozen, and takes no extension of ours. */
export function isManagedInstance(): boolean {
  return Boolean(globalThis.process.env.AWS_LAMBDA_MAX_CONCURRENCY)
}
