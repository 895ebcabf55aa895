import type { AsyncStore } from '../../src/kit/index.ts'

const KEY = Symbol('analytics-edge invocation')

type Exports = Readonly<Record<PropertyKey, unknown>>

/**
 * A substitute for AsyncLocalStorage: what `withExports` sets is visible in `exports` to everything that the callback
 * starts. The value is on an object that inherits from a copy of the real exports, because a copy per invocation would
 * cost more than everything else.
 */
export function createExportsStore(
  host: { readonly exports?: Exports | undefined },
  withExports: <Result>(exports: Exports, act: () => Result) => Result,
): AsyncStore<unknown> {
  let copied: Exports | undefined
  let copy: Exports = {}
  const copyOf = (exports: Exports | undefined): Exports => {
    if (exports !== copied) {
      copied = exports
      copy = { ...exports }
    }
    return copy
  }
  return {
    run: (value, act) => {
      const { exports } = host
      // In a nested invocation, the exports are already such an object.
      const base = exports && KEY in exports ? Object.getPrototypeOf(exports) : copyOf(exports)
      return withExports({ __proto__: base, [KEY]: value }, act)
    },
    getStore: () => host.exports?.[KEY],
  }
}
