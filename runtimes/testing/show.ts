const MAX_LENGTH = 1_000
const MAX_DEPTH = 10

/** A value as text for a message: as JSON, with what JSON lacks. Never throws, whatever the value is. */
export function show(value: unknown): string {
  const text = print(value, [])
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}

function print(value: unknown, parents: readonly unknown[]): string {
  try {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`
    if (typeof value !== 'object' || value === null) return String(value)
    if (parents.includes(value)) return '[circular]'
    if (parents.length === MAX_DEPTH) return '…'
    return printObject(value, [...parents, value])
  } catch {
    return '[unreadable]'
  }
}

function printObject(value: object, parents: readonly unknown[]): string {
  // The cast: it is looked at, and may have neither.
  const { toAsymmetricMatcher, toJSON } = value as { toAsymmetricMatcher?: unknown; toJSON?: unknown }
  if (typeof toAsymmetricMatcher === 'function') return String(toAsymmetricMatcher.call(value))
  if (typeof toJSON === 'function') return print(toJSON.call(value), parents)
  if (Array.isArray(value)) return `[${Array.from(value, (each) => print(each, parents)).join(',')}]`
  const kind = Object.prototype.toString.call(value)
  if (kind !== '[object Object]') return /RegExp|Error|Symbol|Number|String|Boolean/.test(kind) ? String(value) : kind
  // Each is read on its own, since a getter may throw.
  const fields = Object.keys(value).map((key) => `${JSON.stringify(key)}:${printField(value, key, parents)}`)
  return `{${fields.join(',')}}`
}

function printField(value: object, key: string, parents: readonly unknown[]): string {
  try {
    return print(Reflect.get(value, key), parents)
  } catch {
    return '[unreadable]'
  }
}
