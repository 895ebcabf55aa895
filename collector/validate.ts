import * as v from 'valibot'
import { isPlainObject, type JsonObject } from './shapes.ts'

const nonEmpty = v.pipe(v.string(), v.nonEmpty())

export const text = v.message(nonEmpty, 'must be a non-empty string')
export const textList = v.message(v.array(nonEmpty), 'must be an array of non-empty strings')
export const flag = v.message(v.boolean(), 'must be true or false')
export const finiteNumber = v.message(v.pipe(v.number(), v.finite()), 'must be a number')
export const lifeSeconds = v.message(v.pipe(v.number(), v.finite(), v.gtValue(0)), 'must be a number above 0')

export function integerFrom(min: number, max = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  return v.message(v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)), `must be an integer ${range}`)
}

/** An object, and not an array, with fields of these schemas and no others. */
export function closedObject<Entries extends v.ObjectEntries>(entries: Entries) {
  const fields = v.strictObject(entries, (issue) => describeIssue(issue, entries))
  return v.pipe(v.custom<JsonObject>(isPlainObject, 'must be an object'), fields)
}

/** The same, with any others. */
export function openObject<Entries extends v.ObjectEntries>(entries: Entries) {
  const fields = v.looseObject(entries, (issue) => describeIssue(issue, entries))
  return v.pipe(v.custom<JsonObject>(isPlainObject, 'must be an object'), fields)
}

/** For a required field that is absent, what the rule for its value says. */
function describeIssue({ expected, path }: v.BaseIssue<unknown>, entries: v.ObjectEntries): string {
  if (expected === 'never') return `unknown; allowed are ${Object.keys(entries).join(', ')}`
  const rule = entries[String(path?.at(-1)?.key)]
  return (rule && v.safeParse(rule, undefined).issues?.[0].message) ?? 'must be an object'
}

/**
 * Returns a copy of what the schema describes.
 *
 * @param describe builds the message, from the name of the field ('' for the value itself) and what its rule says
 * @throws TypeError that names the field and what is allowed: `fault.status: must be an integer from 200 to 599`
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  describe: (field: string, rule: string) => string,
): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true })
  if (success) return output
  const [{ message, path = [] }] = issues
  // The rule of a list describes its elements as well.
  const fields = path.map(({ key }) => key).filter((key) => typeof key === 'string')
  throw new TypeError(describe(fields.join('.'), message))
}
