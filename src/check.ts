import { ValidationError } from './errors.ts'

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

/** A timeout, as calls and scopes take it. */
export function checkTimeout(value: unknown): number {
  return checkNumber('timeout', value, { min: 1, max: MAX_TIMER_MS, unit: 'a number of milliseconds' })
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

/** Names a value without showing it where it could be a secret. */
export function describeValue(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value === '' ? 'an empty string' : `of type ${typeof value}`
}
