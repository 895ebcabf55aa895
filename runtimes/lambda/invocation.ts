import type { Analytics, Scope } from '../../src/index.ts'
import { findEnvironment } from './environment.ts'
import { FreezableInvocation } from './freezable-invocation.ts'
import { ManagedInvocation } from './managed-invocation.ts'
import type { ResolvedOptions } from './options.ts'
import type { LambdaInvocation } from './types.ts'

/** One run of the handler, from its start until none of its events is in flight. */
export interface Invocation {
  /** Flushes after the handler. The result waits for the returned promise. */
  finish(scope: Scope | undefined): Promise<void>
}

export function scopeOf(context: LambdaInvocation): Scope | undefined {
  return findEnvironment().scopes.get(context)
}

/** Lets a middleware inside the invocation's wrapper find its scope. */
export function shareScope(context: LambdaInvocation, scope: Scope): void {
  // A unit test may call a handler without a context.
  if (typeof context === 'object' && context !== null) findEnvironment().scopes.set(context, scope)
}

/** Called at once, before the request is identified, because the extension does not wait long. */
export function beginInvocation(client: Analytics, context: LambdaInvocation, options: ResolvedOptions): Invocation {
  return isManagedInstance()
    ? new ManagedInvocation(context, options)
    : new FreezableInvocation(client, context, options)
}

/**
 * Whether this environment runs several invocations at once. It is then never frozen and accepts no extension of ours.
 */
export function isManagedInstance(): boolean {
  return Boolean(globalThis.process.env.AWS_LAMBDA_MAX_CONCURRENCY)
}
