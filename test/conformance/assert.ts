// Assertions of Web standards alone, so that the suite runs wherever the library does.

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function ok(value: unknown, what: string): asserts value {
  if (!value) throw new AssertionError(what)
}

/** Deep and exact: a field that is undefined is not a field that is absent. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const difference = findDifference(actual, expected, what)
  if (difference !== undefined) throw new AssertionError(difference)
}

/** The error that a function throws. */
export function throws(act: () => unknown, what = 'the call'): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new AssertionError(`${what} did not throw`)
}

/** The reason that a promise rejects with. */
export async function rejects(promise: PromiseLike<unknown>, what = 'the promise'): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new AssertionError(`${what} did not reject`)
}

/** The one item of a list. */
export function only<Item>(items: readonly Item[], what = 'items'): Item {
  const [item, ...others] = items
  if (item === undefined || others.length > 0) throw new AssertionError(`${what}: ${items.length} instead of 1`)
  return item
}

function findDifference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (Object.is(actual, expected)) return undefined
  if (!isContainer(actual) || !isContainer(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${path}: ${show(actual)}, expected ${show(expected)}`
  }
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)])
  for (const name of names) {
    if (!Object.hasOwn(expected, name)) return `${path}.${name}: ${show(actual[name])}, expected to be absent`
    if (!Object.hasOwn(actual, name)) return `${path}.${name}: absent, expected ${show(expected[name])}`
    const difference = findDifference(actual[name], expected[name], `${path}.${name}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** Plain objects and arrays have nothing but their fields; any other object is equal to itself alone. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
