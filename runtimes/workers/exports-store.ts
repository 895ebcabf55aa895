import type { AsyncStore } from '../../src/index.ts'

const KEY = Symbol('analytics-edge invocation')

type Exports = Readonly<Record<PropertyKey, unknown>>

/**
 * AsyncLocalStorage by other means: what `withExports` sets is what `exports` has in all that the callback begins. An object that
 * inherits from a copy of the real ones carries the value: a copy for each invocation would cost more than all the rest.
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
      // Where one invocation is nested in another, the exports are already such an object.
      const base = exports && KEY in exports ? Object.getPrototypeOf(exports) : copyOf(exports)
      return withExports({ __proto__: base, [KEY]: value }, act)
    },
    getStore: () => host.exports?.[KEY],
  }
}
