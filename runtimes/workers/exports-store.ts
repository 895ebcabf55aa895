import type { AsyncStore } from '../../src/index.ts'

const KEY = Symbol('analytics-edge invocation')

type Exports = Readonly<Record<PropertyKey, unknown>>

/**
 * AsyncLocalStorage by other means: what `withExports` sets is what `exports` has in all that the callback begins. A copy of the real
 * ones carries the value beside them.
 */
export function createExportsStore(
  host: { readonly exports?: Exports | undefined },
  withExports: <Result>(exports: Exports, act: () => Result) => Result,
): AsyncStore<unknown> {
  return {
    run: (value, act) => withExports({ ...host.exports, [KEY]: value }, act),
    getStore: () => host.exports?.[KEY],
  }
}
