// Finds the invocation that a call is made in, for objects that all invocations share.

import { AsyncLocalStorage, type AsyncStore } from './async-store.ts'
import type { RequestGuard } from './request-guard.ts'

interface Invocation {
  /** The shared object, and the one that replaces it in this invocation. */
  readonly shared: object
  readonly own: object
  /** The replacement in the outermost enclosing invocation. */
  readonly outermost: object
  readonly guard: RequestGuard
  /** The enclosing invocations, at most one per shared object, because code may nest without limit. */
  readonly outer: Invocation | undefined
}

let store: AsyncStore<Invocation> | undefined = AsyncLocalStorage && new AsyncLocalStorage()

/**
 * Gives the package a substitute for AsyncLocalStorage, on a host that lacks it: calls on the client then join the scope of their
 * invocation. Does nothing if the host has AsyncLocalStorage, or if a substitute was given before.
 */
export function provideStore(substitute: AsyncStore<unknown>): void {
  // The cast: only this module writes to the store.
  store ??= substitute as AsyncStore<Invocation>
}

/**
 * Calls a function inside an invocation.
 * @param guard of the request that the invocation belongs to
 */
export function enterInvocation<Result>(shared: object, own: object, guard: RequestGuard, act: () => Result): Result {
  if (!store) return act()
  const current = store.getStore()
  const outermost = find(current, shared)?.outermost ?? own
  return store.run({ shared, own, outermost, guard, outer: without(current, shared) }, act)
}

/**
 * What replaces `shared` in the running invocation and in the outermost enclosing one. The async context alone proves
 * nothing: it can be passed to another request.
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
  if (!invocation || invocation.shared === shared) return invocation?.outer
  return { ...invocation, outer: without(invocation.outer, shared) }
}
