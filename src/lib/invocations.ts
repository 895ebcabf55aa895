// Which invocation a call is made in, for calls on something that all invocations share.

import { AsyncLocalStorage, type AsyncStore } from './async-store.ts'
import type { RequestGuard } from './request-guard.ts'

interface Invocation {
  /** What is shared, and what stands for it in this invocation. */
  readonly shared: object
  readonly own: object
  readonly guard: RequestGuard
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
  return store ? store.run({ shared, own, guard, outer: store.getStore() }, act) : act()
}

/** What stands for `shared` in the invocation that is running. The async context alone proves nothing: it can be carried over. */
export function findInvocation(shared: object): object | undefined {
  for (let each = store?.getStore(); each; each = each.outer) {
    if (each.shared === shared) return each.guard.isSameRequest() ? each.own : undefined
  }
  return undefined
}
