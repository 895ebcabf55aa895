// Which invocation a call is made in, for calls on something that all invocations share.

import { AsyncLocalStorage, type AsyncStore } from './async-store.ts'
import type { RequestGuard } from './request-guard.ts'

interface Invocation {
  /** What is shared, and what stands for it in this invocation. */
  readonly shared: object
  readonly own: object
  /** The same in the outermost of the invocations that this one is nested in. */
  readonly outermost: object
  readonly guard: RequestGuard
  /** Invocations of others that this one is nested in; at most one of each, since code may nest itself without end. */
  readonly outer: Invocation | undefined
}

let store: AsyncStore<Invocation> | undefined = AsyncLocalStorage && new AsyncLocalStorage()

/** For hosts without AsyncLocalStorage that have something like it. */
export function provideStore(substitute: AsyncStore<unknown>): void {
  // The cast: nobody else puts anything in.
  store ??= substitute as AsyncStore<Invocation>
}

/** Calls a function as a part of an invocation. @param guard of the request that it belongs to */
export function enterInvocation<Result>(shared: object, own: object, guard: RequestGuard, act: () => Result): Result {
  if (!store) return act()
  const current = store.getStore()
  const outermost = find(current, shared)?.outermost ?? own
  return store.run({ shared, own, outermost, guard, outer: without(current, shared) }, act)
}

/**
 * What stands for `shared` in the invocation that is running, and in the outermost that this one is nested in. The async context alone
 * proves nothing: it can be carried into another request.
 */
export function findInvocation(shared: object): Pick<Invocation, 'own' | 'outermost' | 'guard'> | undefined {
  const found = find(store?.getStore(), shared)
  return found?.guard.isSameRequest() ? found : undefined
}

function find(invocation: Invocation | undefined, shared: object): Invocation | undefined {
  let each = invocation
  while (each && each.shared !== shared) each = each.outer
  return each
}

function without(invocation: Invocation | undefined, shared: object): Invocation | undefined {
  if (!invocation || !find(invocation, shared)) return invocation
  if (invocation.shared === shared) return invocation.outer
  return { ...invocation, outer: without(invocation.outer, shared) }
}
