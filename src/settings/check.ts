import { ValidationError } from '../errors.ts'
import type { HTTPClient, HTTPFetchFn } from '../http/types.ts'
import { isPlainObject } from '../lib/is-plain-object.ts'
import type { Defaults } from '../types.ts'

// Checks of values that users pass. Each returns the value, or throws a ValidationError that says what is allowed.

/** The longest delay of a timer; with a longer one, it fires at once on every runtime. */
export const MAX_TIMER_MS = 2_147_483_647

/** A normalized `URL` without credentials, query or fragment. */
const BASE_URL = /^https?:\/\/[^/@]+\/[^?#]*$/

/** Returns a setting's value, or its default if it is undefined. */
export type Check<Value> = (name: string, value?: unknown) => Value

/** Where warnings go. */
type Warnings = Pick<string[], 'push'>

/** A check for each setting; the type requires all of them. */
export type Checks<Settings> = {
  readonly [Name in keyof Settings]-?: (name: string, value: Settings[Name], warnings: Warnings) => unknown
}

type Checked<Table> = { [Name in keyof Table]: Table[Name] extends (...args: never[]) => infer Value ? Value : never }

/** Checks each setting by the table. An unknown name has no effect, so it adds a warning. */
export function checkSettings<Settings extends object, Table extends Checks<Settings>>(
  name: string,
  prefix: string,
  settings: Settings,
  checks: Table,
  warnings: Warnings,
): Checked<Table> {
  if (!isPlainObject(settings))
    throwInvalid(name, name === 'settings' ? 'an object: { writeKey, … }' : 'an object', settings)
  // The casts: the types of the two loops do not know a table's keys, nor what its checks return.
  const names = Object.keys(checks) as (keyof Settings & string)[]
  for (const key of Object.keys(settings) as typeof names) {
    if (names.includes(key)) continue
    const nearest = findNearest(key, names)
    const hint = nearest ? `did you mean '${prefix}${nearest}'?` : `the settings are ${names.join(', ')}`
    warnings.push(`'${prefix}${key}' is not a setting and has no effect: ${hint}`)
  }
  const checked: Record<string, unknown> = {}
  for (const key of names) checked[key] = checks[key](prefix + key, settings[key], warnings)
  return checked as Checked<Table>
}

/** The name that has the most pairs of letters in common with the text, if it has at least half of them. */
function findNearest(text: string, names: readonly string[]): string | undefined {
  const lower = text.toLowerCase()
  const pairs = [...lower].slice(1).map((letter, index) => lower.charAt(index) + letter)
  const counts = names.map((name) => pairs.filter((pair) => name.toLowerCase().includes(pair)).length)
  const most = Math.max(...counts)
  return most > 0 && most >= pairs.length / 2 ? names[counts.indexOf(most)] : undefined
}

export function text(fallback?: string): Check<string> {
  return (name, value = fallback) => {
    return typeof value === 'string' && value.trim() !== '' ? value : throwInvalid(name, 'a non-empty string', value)
  }
}

/** A base URL, without a trailing slash. */
export function baseUrl(fallback: string): Check<string> {
  return (name, value = fallback) => {
    const url = parseUrl(value)
    if (BASE_URL.test(url)) return url.replace(/\/$/, '')
    return throwInvalid(
      name,
      `a URL that begins with https:// or http://, like '${fallback}', without credentials, query or fragment`,
      value,
    )
  }
}

/** Hosts of this machine, whose traffic no other machine can read. */
const LOOPBACK_URL = /^http:\/\/(([\w-]+\.)*localhost|127(\.\d+){3}|\[::1\])([:/]|$)/

/** Whether other machines can read what is sent there. */
export function isPlaintextUrl(url: string): boolean {
  return url.startsWith('http:') && !LOOPBACK_URL.test(url)
}

export function choice<const Value>(fallback: Value, ...others: readonly Value[]): Check<Value> {
  const choices = [fallback, ...others]
  return (name, value = fallback) => {
    // The cast: it is one of them.
    if (choices.includes(value as Value)) return value as Value
    return throwInvalid(name, choices.map((each) => JSON.stringify(each)).join(' or '), value)
  }
}

export function wholeNumber(min: number, max: number, fallback?: number): Check<number> {
  return number('a whole number', min, max, fallback)
}

/** A duration that a timer can wait. */
export function milliseconds(min: number, fallback?: number): Check<number> {
  return number('a number of milliseconds', min, MAX_TIMER_MS, fallback)
}

export function seconds(fallback: number): Check<number> {
  return number('a number of seconds', 0, Math.floor(MAX_TIMER_MS / 1000), fallback)
}

function number(kind: string, min: number, max: number, fallback: number | undefined): Check<number> {
  return (name, value = fallback) => {
    const isInRange = typeof value === 'number' && value >= min && value <= max
    if (isInRange && (kind !== 'a whole number' || Number.isInteger(value))) return value
    return throwInvalid(name, `${kind} from ${min} to ${max}`, value)
  }
}

/** Also exported, for the options of wrappers. */
export function checkMilliseconds(name: string, value: unknown, min = 1): number {
  return milliseconds(min)(name, value)
}

/** A timeout of a call, scope or wrapper; undefined means the default. */
export function checkTimeout(value: unknown): number | undefined {
  return value === undefined ? undefined : checkMilliseconds('timeout', value)
}

export function checkFunction<T>(name: string, value: T): T {
  return value === undefined || typeof value === 'function' ? value : throwInvalid(name, 'a function', value)
}

/** An object that has these methods. Also rejects undefined. */
export function methods<T>(...names: (keyof T & string)[]) {
  return (name: string, value: T): T => {
    for (const each of names) {
      if (typeof value?.[each] !== 'function') throwInvalid(`${name}.${each}`, 'a function', value?.[each])
    }
    return value
  }
}

export function checkDefaults(name: string, defaults: unknown): Defaults | undefined {
  if (defaults === undefined) return undefined
  if (!isPlainObject(defaults)) throwInvalid(name, 'an object: { properties, traits, context }', defaults)
  for (const field of ['properties', 'traits', 'context'] as const) {
    const value: unknown = defaults[field]
    if (value !== undefined && !isPlainObject(value)) throwInvalid(`${name}.${field}`, 'a plain object', value)
  }
  return defaults
}

/** A setting that is an object of settings. */
export function nested<Table extends Checks<object>>(checks: Table) {
  return (name: string, settings: object | undefined, warnings: Warnings): Checked<Table> | undefined =>
    settings === undefined ? settings : checkSettings(name, `${name}.`, settings, checks, warnings)
}

export function checkHTTPClient<T extends HTTPFetchFn | HTTPClient | undefined>(name: string, client: T): T {
  if (client === undefined || typeof client === 'function' || typeof client?.makeRequest === 'function') return client
  return throwInvalid(name, 'a function like fetch or an object with makeRequest()', client)
}

/** Throws a ValidationError: the name of the setting or option must be what is allowed; the value is described, never shown. */
export function throwInvalid(name: string, allowed: string, value: unknown): never {
  throw new ValidationError(name, `must be ${allowed}; it is ${describeValue(value)}`)
}

/** Names a value without showing it, because it may be a secret. */
export function describeValue(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value === '' ? 'an empty string' : `of type ${typeof value}`
}

/** The URL as the runtime writes it; empty if it is invalid. */
function parseUrl(value: unknown): string {
  try {
    return typeof value === 'string' ? new URL(value).href : ''
  } catch {
    return ''
  }
}
