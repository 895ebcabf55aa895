import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { Fault } from './fault.ts'
import { isPlainObject } from './shapes.ts'

const MAX_DELAY_MS = 600_000

interface Rule {
  readonly allowed: string
  accepts(value: unknown): boolean
}

const onlyTrue: Rule = { allowed: 'true', accepts: (value) => value === true }

const RULES: Record<keyof Fault, Rule> = {
  writeKey: { allowed: 'a non-empty string', accepts: (value) => typeof value === 'string' && value !== '' },
  path: { allowed: 'a path like /v1/batch', accepts: (value) => typeof value === 'string' && value.startsWith('/') },
  clientId: { allowed: 'a non-empty string', accepts: (value) => typeof value === 'string' && value !== '' },
  requests: {
    allowed: 'an array of integers from 0',
    accepts: (value) => Array.isArray(value) && value.every((index) => isIntegerIn(index, 0, Number.MAX_SAFE_INTEGER)),
  },
  times: { allowed: 'an integer from 1', accepts: (value) => isIntegerIn(value, 1, Number.MAX_SAFE_INTEGER) },
  probability: {
    allowed: 'a number from 0 to 1',
    accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  },
  seed: { allowed: 'an integer', accepts: (value) => Number.isSafeInteger(value) },
  delayMs: { allowed: `an integer from 0 to ${MAX_DELAY_MS}`, accepts: (value) => isIntegerIn(value, 0, MAX_DELAY_MS) },
  status: { allowed: 'an integer from 200 to 599', accepts: (value) => isIntegerIn(value, 200, 599) },
  statusText: { allowed: 'printable ASCII', accepts: (value) => typeof value === 'string' && /^[ -~]*$/.test(value) },
  headers: { allowed: 'an object of header names and string values', accepts: isHeaders },
  body: { allowed: 'a string or an object', accepts: (value) => typeof value === 'string' || isPlainObject(value) },
  retryAfter: {
    allowed: 'a number of seconds from 0 or a header value',
    accepts: (value) =>
      typeof value === 'number' ? value >= 0 && Number.isFinite(value) : isHeaders({ 'retry-after': value }),
  },
  hang: onlyTrue,
  hangBody: onlyTrue,
  poison: onlyTrue,
  reset: {
    allowed: "true, 'before' or 'after'",
    accepts: (value) => value === true || value === 'before' || value === 'after',
  },
}

/** Fields that cannot be combined in one fault. */
const CONFLICTS: readonly (readonly [keyof Fault, readonly (keyof Fault)[]])[] = [
  ['poison', ['hang', 'hangBody', 'reset', 'status', 'retryAfter']],
  ['hang', ['hangBody', 'reset', 'status', 'statusText', 'headers', 'body', 'retryAfter']],
  ['reset', ['hangBody', 'status', 'statusText', 'headers', 'body', 'retryAfter']],
]

/** @throws TypeError that names the field and what is allowed */
export function validateFault(value: unknown): asserts value is Fault {
  if (!isPlainObject(value)) throw new TypeError('fault: must be an object')
  for (const [field, given] of Object.entries(value)) {
    if (!isField(field)) throw new TypeError(`fault.${field}: unknown; allowed are ${Object.keys(RULES).join(', ')}`)
    if (!RULES[field].accepts(given)) throw new TypeError(`fault.${field}: must be ${RULES[field].allowed}`)
  }
  for (const [field, others] of CONFLICTS) {
    const other = field in value && others.find((name) => name in value)
    if (other) throw new TypeError(`fault.${other}: not allowed together with ${field}`)
  }
}

function isField(name: string): name is keyof Fault {
  return Object.hasOwn(RULES, name)
}

function isIntegerIn(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}

function isHeaders(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  return Object.entries(value).every(([name, text]) => typeof text === 'string' && isHeader(name, text))
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
