import type { JSONRecord } from '../../src/index.ts'

/** Plain data with only the fields that have a value; undefined if there are none. */
export function toPlain(fields: JSONRecord): JSONRecord | undefined {
  let plain: JSONRecord | undefined
  for (const name in fields) {
    const given = fields[name]
    const value = typeof given === 'object' ? toPlain(given) : given
    if (value === undefined) continue
    plain ??= {}
    plain[name] = value
  }
  return plain
}
