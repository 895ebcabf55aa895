import type { JSONRecord } from '../../src/index.ts'

/** Plain data: the fields that have a value. Undefined if none has. */
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
