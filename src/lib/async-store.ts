import { tryTo } from './try-to.ts'

/** Carries a value through everything that a function begins: its awaits, timers, streams and tasks. */
export interface AsyncStore<Value> {
  run<Result>(value: Value, act: () => Result): Result
  getStore(): Value | undefined
}

interface AsyncLocalStorageClass {
  new <Value>(): AsyncStore<Value>
  /** Absent from old runtimes. */
  snapshot?(): (act: () => void) => void
}

/** Where runtimes keep it; none of these places is a Web standard, so each is only looked up. */
interface StoreGlobals {
  AsyncLocalStorage?: AsyncLocalStorageClass
  process?: { getBuiltinModule?: (id: string) => { AsyncLocalStorage?: AsyncLocalStorageClass } | undefined }
}

// A cast, since no type library is loaded that would know these names.
const globals = globalThis as StoreGlobals

/** Found without an import, which would keep a Worker without `nodejs_compat` from starting. Undefined if the host has none. */
export const AsyncLocalStorage: AsyncLocalStorageClass | undefined =
  globals.AsyncLocalStorage ?? tryTo(() => globals.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage)
