import { ValidationError } from './errors.ts'
import type { HTTPClient, HTTPFetchFn } from './http.ts'

// Checks of what comes from outside. Each answers with the value, or throws a ValidationError that says what is allowed.

/** The longest that a timer can wait; a longer one fires at once, on every runtime. */
export const MAX_TIMER_MS = 2_147_483_647

export function checkNumber(
  name: string,
  value: unknown,
  {
    min,
    max,
    unit,
  }: { min: number; max: number; unit: 'a whole number' | 'a number of milliseconds' | 'a number of seconds' },
): number {
  const isInRange = typeof value === 'number' && value >= min && value <= max
  if (isInRange && (unit !== 'a whole number' || Number.isInteger(value))) return value
  throw new ValidationError(name, `must be ${unit} from ${min} to ${max}, not ${describeValue(value)}`)
}

/** A duration that a timer can wait. Exported for wrappers, too, for options of their own. */
export function checkMilliseconds(name: string, value: unknown, min = 1): number {
  return checkNumber(name, value, { min, max: MAX_TIMER_MS, unit: 'a number of milliseconds' })
}

/** A timeout, as calls, scopes and wrappers take it; undefined stands for the default. */
export function checkTimeout(value: unknown): number | undefined {
  return value === undefined ? undefined : checkMilliseconds('timeout', value)
}

export function checkChoice<T>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  const choices = allowed.map((choice) => JSON.stringify(choice)).join(' or ')
  throw new ValidationError(name, `must be ${choices}, not ${describeValue(value)}`)
}

export function checkFunction<T>(name: string, value: T): T {
  if (value === undefined || typeof value === 'function') return value
  throw new ValidationError(name, `must be a function, not ${describeValue(value)}`)
}

/** A name that is no setting is a typo of one, and must not pass for its default. */
export function checkNames(prefix: string, settings: object, names: readonly string[]): void {
  for (const name of Object.keys(settings)) {
    if (names.includes(name)) continue
    throw new ValidationError(`${prefix}${name}`, `is not a setting; the settings are ${names.join(', ')}`)
  }
}

export function checkString(name: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new ValidationError(name, `must be a non-empty string, not ${describeValue(value)}`)
}

/** A base URL, without a trailing slash. */
export function checkBaseUrl(name: string, value: unknown, example: string): string {
  const base = parseUrl(value)
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new ValidationError(name, `must be an http(s) URL like '${example}'`)
  }
  if (base.username || base.password || /[?#]/.test(base.href)) {
    throw new ValidationError(name, 'must be a base URL alone, without credentials, query or fragment')
  }
  return base.href.replace(/\/$/, '')
}

export function checkHTTPClient<T extends HTTPFetchFn | HTTPClient | undefined>(name: string, client: T): T {
  if (client === undefined || typeof client === 'function' || typeof client?.makeRequest === 'function') return client
  const allowed = 'must be a function like fetch or an object with makeRequest()'
  throw new ValidationError(name, `${allowed}, not ${describeValue(client)}`)
}

function parseUrl(text: unknown): URL | undefined {
  try {
    return typeof text === 'string' ? new URL(text) : undefined
  } catch {
    return undefined
  }
}

/** Names a value without showing it where it could be a secret. */
export function describeValue(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value === '' ? 'an empty string' : `of type ${typeof value}`
}
