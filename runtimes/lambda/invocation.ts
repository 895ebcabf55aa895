import type { Analytics, Scope } from '../../src/index.ts'
import { findEnvironment } from './environment.ts'
import { FreezableInvocation } from './freezable-invocation.ts'
import { ManagedInvocation } from './managed-invocation.ts'
import type { ResolvedOptions } from './options.ts'
import type { LambdaInvocation } from './types.ts'

/** One run of the handler, from its start until no event of it is in flight any more. */
export interface Invocation {
  /** Flushes when the handler has ended. The result waits for the promise that this returns. */
  end(scope: Scope | undefined): Promise<void>
}

export function scopeOf(context: LambdaInvocation): Scope | undefined {
  return findEnvironment().scopes.get(context)
}

/** Has a middleware inside the wrapper of an invocation find its scope. */
export function shareScope(context: LambdaInvocation, scope: Scope): void {
  // A unit test may call a handler without one.
  if (typeof context === 'object' && context !== null) findEnvironment().scopes.set(context, scope)
}

/** At once, before it is known who has made the request: the extension does not wait for long. */
export function beginInvocation(client: Analytics, context: LambdaInvocation, options: ResolvedOptions): Invocation {
  return isManagedInstance()
    ? new ManagedInvocation(context, options)
    : new FreezableInvocation(client, context, options)
}

/** Whether this environment runs several invocations at once. Such a one is never frozen, and takes no extension of ours. */
export function isManagedInstance(): boolean {
  return Boolean(globalThis.process.env.AWS_LAMBDA_MAX_CONCURRENCY)
}
