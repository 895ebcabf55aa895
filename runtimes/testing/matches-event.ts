import type { SegmentEvent } from '../../src/index.ts'

type Partially<T> = { [Key in keyof T]?: T[Key] extends object | undefined ? Partially<T[Key]> : T[Key] }

/**
 * The name of a track event; an object whose fields the event must all have, at any depth; or a function. Dates match their JSON, and arrays must
 * have the same length. Asymmetric matchers of jest and vitest, such as `expect.any(Number)`, can be part of it.
 */
export type EventMatch = string | Partially<SegmentEvent> | ((event: SegmentEvent) => boolean)

export function matchesEvent(event: SegmentEvent, match: EventMatch): boolean {
  if (typeof match !== 'function') return listDifferences(event, match).length === 0
  const found: unknown = match(event)
  // A promise is always true.
  if (found instanceof Promise)
    throw new TypeError('a function that matches events returns true or false, not a promise')
  return !!found
}

/** The paths at which an event differs from a match. */
export function listDifferences(event: SegmentEvent, match: string | Partially<SegmentEvent>): string[] {
  const expected = typeof match === 'string' ? { type: 'track', event: match } : match
  return [...compare(event, expected, '')]
}

function* compare(actual: unknown, expected: unknown, path: string): Generator<string> {
  // The cast: it is looked at, and may have nothing.
  const { asymmetricMatch, toJSON } = (expected ?? {}) as Record<string, unknown>
  if (typeof asymmetricMatch === 'function') {
    if (!asymmetricMatch.call(expected, actual)) yield `${path} does not match: it is ${show(actual)}`
  } else if (typeof toJSON === 'function') {
    yield* compare(actual, toJSON.call(expected), path)
  } else if (['RegExp', 'Map', 'Set', 'Function', 'AsyncFunction'].includes(kindOf(expected))) {
    // Nothing that was JSON can be one, so that assertNotTracked would always pass.
    throw new TypeError(
      `${path} cannot be matched with a ${kindOf(expected)}: pass a function that checks the whole event`,
    )
  } else if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) {
    yield `${path} is ${show(actual)}, not ${show(expected)}`
  } else if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) {
      yield `${path} is ${show(actual)}, not ${show(expected)}`
      return
    }
    for (const [key, value] of Object.entries(expected)) {
      yield* compare((actual as Record<string, unknown>)[key], value, path ? `${path}.${key}` : key)
    }
  } else if (!Object.is(actual, expected)) {
    yield `${path} is ${show(actual)}, not ${show(expected)}`
  }
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

export function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
