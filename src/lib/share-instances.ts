import { tryTo } from './try-to.ts'

/**
 * Has `instanceof` hold between copies of the package: its ES module and its CommonJS form, two versions, a module registry that was
 * reset. Instances carry a mark, by which each copy of the class knows them.
 */
export function shareInstances(Class: abstract new (...args: never[]) => object, name: string): void {
  const mark = Symbol.for(`analytics-edge.${name}`)
  const isOwn = Function.prototype[Symbol.hasInstance]
  // The cast: whatever it is, it has the mark or not, and a proxy may throw.
  const isMarked = (value: unknown) => tryTo(() => (value as Record<symbol, unknown>)[mark]) === true
  Object.defineProperty(Class.prototype, mark, { value: true })
  Object.defineProperty(Class, Symbol.hasInstance, {
    // Subclasses inherit it, and their instances are not those of their base.
    value(this: unknown, value: unknown) {
      return this === Class ? isMarked(value) : isOwn.call(this, value)
    },
  })
}
