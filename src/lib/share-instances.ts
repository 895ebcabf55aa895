import { tryTo } from './try-to.ts'

/**
 * Makes `instanceof` work across copies of the package: ES module and CommonJS, two versions, or a reset module
 * registry. Every copy of the class recognises instances by a shared mark.
 */
export function shareInstances(Class: abstract new (...args: never[]) => object, name: string): void {
  const mark = Symbol.for(`analytics-edge.${name}`)
  const isOwn = Function.prototype[Symbol.hasInstance]
  // The cast: any value may have the mark, and a proxy may throw.
  const isMarked = (value: unknown) => tryTo(() => (value as Record<symbol, unknown>)[mark]) === true
  Object.defineProperty(Class.prototype, mark, { value: true })
  Object.defineProperty(Class, Symbol.hasInstance, {
    // Subclasses inherit this, but instances of the base class are not theirs.
    value(this: unknown, value: unknown) {
      return this === Class ? isMarked(value) : isOwn.call(this, value)
    },
  })
}
