import type { SegmentEvent } from '../../src/index.ts'
import { describeError, isThenable } from '../../src/kit/index.ts'
import { show } from './show.ts'

/** What `expect.any(Number)` and its like return; in vitest and `@types/jest`, that is `any`. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean
}

type Partially<T> = {
  [Key in keyof T]?: (T[Key] extends object | undefined ? Partially<T[Key]> : T[Key]) | AsymmetricMatcher
}

/**
 * The name of a track event; an object whose fields the event must all have, at any depth; or a function. Dates match their JSON, and arrays must
 * have the same length. Asymmetric matchers of jest and vitest, such as `expect.any(Number)`, can be part of it.
 */
export type EventMatch = string | Partially<SegmentEvent> | AsymmetricMatcher | ((event: SegmentEvent) => boolean)

/**
 * Throws a TypeError for a match that no event can have, since assertNotTracked would always pass: at any depth, only what JSON consists of,
 * what has a `toJSON` method, and asymmetric matchers.
 */
export function checkMatch(match: EventMatch): void {
  if (typeof match === 'function' || typeof match === 'string') return
  // In JavaScript, anything may be given.
  if (typeof match !== 'object' || match === null || Array.isArray(match)) {
    throw new TypeError(
      `the match must be the name of an event, an object of its fields or a function; it is ${show(match)}`,
    )
  }
  checkPart(match, '', [])
}

function checkPart(expected: unknown, path: string, parents: readonly unknown[]): void {
  // The cast: it is looked at, and may have nothing.
  const { asymmetricMatch, toJSON } = (expected ?? {}) as Record<string, unknown>
  if (typeof asymmetricMatch === 'function' || typeof toJSON === 'function') return
  if (parents.includes(expected)) throw new TypeError(`${path} contains itself, as no event can`)
  const isObject = typeof expected === 'object' && expected !== null
  if (!(isObject ? ['Object', 'Array'] : PRIMITIVES).includes(kindOf(expected))) {
    throw new TypeError(
      `${path || 'an event'} cannot be matched with a ${kindOf(expected)}: pass a function that checks the whole event`,
    )
  }
  if (!isObject) return
  for (const key of Object.keys(expected)) {
    const name = path ? `${path}.${key}` : key
    let value: unknown
    try {
      value = Reflect.get(expected, key)
    } catch (cause) {
      throw new TypeError(`${name} of the match cannot be read: ${describeError(cause)}`, { cause })
    }
    checkPart(value, name, [...parents, expected])
  }
}

const PRIMITIVES = ['String', 'Number', 'Boolean', 'Null', 'Undefined']

export function matchesEvent(event: SegmentEvent, match: EventMatch): boolean {
  checkMatch(match)
  if (typeof match !== 'function') return listDifferences(event, match).length === 0
  return readVerdict(match(event))
}

/** @throws TypeError for a promise, which is always true */
function readVerdict(found: unknown): boolean {
  if (isThenable(found)) throw new TypeError('what matches events returns true or false, not a promise')
  return !!found
}

/** The paths at which an event differs from a match. */
export function listDifferences(
  event: SegmentEvent,
  match: Exclude<EventMatch, (event: SegmentEvent) => boolean>,
): string[] {
  const expected = typeof match === 'string' ? { type: 'track', event: match } : match
  return [...compare(event, expected, '')]
}

function* compare(actual: unknown, expected: unknown, path: string): Generator<string> {
  // The cast: it is looked at, and may have nothing.
  const { asymmetricMatch, toJSON } = (expected ?? {}) as Record<string, unknown>
  if (typeof asymmetricMatch === 'function') {
    if (!readVerdict(asymmetricMatch.call(expected, actual)))
      yield `${path || 'the event'} is ${show(actual)}, not ${show(expected)}`
  } else if (typeof toJSON === 'function') {
    yield* compare(actual, toJSON.call(expected), path)
  } else if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) {
    yield `${path} is ${show(actual)}, not ${show(expected)}`
  } else if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) {
      yield `${path} is ${show(actual)}, not ${show(expected)}`
      return
    }
    for (const [key, value] of Object.entries(expected)) {
      // Its own, since each object inherits `toString`. The cast: it is an object.
      const own = Object.hasOwn(actual, key) ? (actual as Record<string, unknown>)[key] : undefined
      // JSON has no undefined in an array.
      const wanted = value === undefined && Array.isArray(expected) ? null : value
      yield* compare(own, wanted, path ? `${path}.${key}` : key)
    }
  } else if (actual !== (typeof expected === 'number' && !Number.isFinite(expected) ? null : expected)) {
    yield `${path} is ${show(actual)}, not ${show(expected)}`
  }
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}
