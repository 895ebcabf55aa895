import { tryTo } from './try-to.ts'

/** Keeps a value through everything that a function starts: its awaits, timers, streams and tasks. */
export interface AsyncStore<Value> {
  run<Result>(value: Value, act: () => Result): Result
  getStore(): Value | undefined
}

interface AsyncLocalStorageClass {
  new <Value>(): AsyncStore<Value>
  /** Missing on old runtimes. */
  snapshot?(): (act: () => void) => void
}

/** Where runtimes keep it. None of these globals is a Web standard, so each is only looked up. */
interface StoreGlobals {
  AsyncLocalStorage?: AsyncLocalStorageClass
  process?: { getBuiltinModule?: (id: string) => { AsyncLocalStorage?: AsyncLocalStorageClass } | undefined }
}

// A cast, because no loaded type library knows these names.
const globals = globalThis as StoreGlobals

/**
 * Looked up rather than imported: the import would keep a Worker without `nodejs_compat` from starting. Undefined if
 * the host has none.
 */
export const AsyncLocalStorage: AsyncLocalStorageClass | undefined =
  globals.AsyncLocalStorage ?? tryTo(() => globals.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage)
