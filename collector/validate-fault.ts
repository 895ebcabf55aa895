import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as v from 'valibot'
import type { Fault } from './fault.ts'
import { findReservedHeader } from './reserved-headers.ts'
import { isPlainObject } from './shapes.ts'
import { closedObject, integerFrom, text, validate } from './validate.ts'

export const MAX_DELAY_MS = 600_000

const onlyTrue = v.message(v.literal(true), 'must be true')

const headers = v.custom<Record<string, string>>(isHeaders, 'must be an object of header names and string values')
const retryAfter = v.message(
  v.union([v.pipe(v.number(), v.finite(), v.minValue(0)), v.custom<string>((value) => isHeader('retry-after', value))]),
  'must be a number of seconds from 0 or a header value',
)

const FAULT = closedObject({
  writeKey: v.exactOptional(text),
  path: v.exactOptional(v.message(v.pipe(v.string(), v.startsWith('/')), 'must be a path like /v1/batch')),
  clientId: v.exactOptional(text),
  requests: v.exactOptional(
    v.message(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), 'must be an array of integers from 0'),
  ),
  times: v.exactOptional(integerFrom(1)),
  probability: v.exactOptional(
    v.message(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 'must be a number from 0 to 1'),
  ),
  seed: v.exactOptional(v.message(v.pipe(v.number(), v.safeInteger()), 'must be an integer')),
  delayMs: v.exactOptional(integerFrom(0, MAX_DELAY_MS)),
  status: v.exactOptional(integerFrom(200, 599)),
  statusText: v.exactOptional(v.message(v.pipe(v.string(), v.regex(/^[ -~]*$/)), 'must be printable ASCII')),
  headers: v.exactOptional(headers),
  body: v.exactOptional(
    v.message(v.union([v.string(), v.custom<object>(isPlainObject)]), 'must be a string or an object'),
  ),
  retryAfter: v.exactOptional(retryAfter),
  hang: v.exactOptional(onlyTrue),
  hangBody: v.exactOptional(onlyTrue),
  poison: v.exactOptional(onlyTrue),
  reset: v.exactOptional(
    v.message(v.union([v.literal(true), v.picklist(['before', 'after'])]), "must be true, 'before' or 'after'"),
  ),
} satisfies Record<keyof Fault, v.GenericSchema>)

/** Fields that cannot be combined in one fault. */
const CONFLICTS: readonly (readonly [keyof Fault, readonly (keyof Fault)[]])[] = [
  ['poison', ['hang', 'hangBody', 'reset', 'status', 'retryAfter']],
  ['hang', ['hangBody', 'reset', 'status', 'statusText', 'headers', 'body', 'retryAfter']],
  ['reset', ['hangBody', 'status', 'statusText', 'headers', 'body', 'retryAfter']],
]

/** Returns a copy, of its own fields only. @throws TypeError that names the field and what is allowed */
export function validateFault(value: unknown): Fault {
  const own = isPlainObject(value) ? { ...value } : value
  const fault: Fault = validate(FAULT, own, (field, rule) => `fault${field && `.${field}`}: ${rule}`)
  const reserved = findReservedHeader(fault.headers)
  if (reserved !== undefined) throw new TypeError(`fault.headers.${reserved}: not allowed; the server sets it itself`)
  for (const [field, others] of CONFLICTS) {
    const other = field in fault && others.find((name) => name in fault)
    if (other) throw new TypeError(`fault.${other}: not allowed together with ${field}`)
  }
  return fault
}

function isHeaders(value: unknown): boolean {
  return isPlainObject(value) && Object.entries(value).every(([name, content]) => isHeader(name, content))
}

function isHeader(name: string, value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
