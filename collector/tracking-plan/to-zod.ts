import { isPlainObject, type JsonObject } from '../shapes.ts'

/** Notes what could not be converted, and where: `properties.total: multipleOf`. */
export type Note = (path: string, what: string) => void

const MAX_DEPTH = 50
/** Keywords that do not restrict values. */
export const SILENT = [
  '$schema',
  '$id',
  '$comment',
  'id',
  'title',
  'description',
  'labels',
  'default',
  'examples',
  'type',
  'definitions',
  '$defs',
]
const CHECKS: Readonly<Record<string, readonly (readonly [keyword: string, method: string])[]>> = {
  string: [
    ['minLength', 'min'],
    ['maxLength', 'max'],
  ],
  number: [
    ['minimum', 'min'],
    ['maximum', 'max'],
    ['exclusiveMinimum', 'gt'],
    ['exclusiveMaximum', 'lt'],
    ['multipleOf', 'multipleOf'],
  ],
  array: [
    ['minItems', 'min'],
    ['maxItems', 'max'],
  ],
}
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'z.iso.datetime({ offset: true })',
  date: 'z.iso.date()',
  email: 'z.email()',
  uri: 'z.url()',
  uuid: 'z.uuid()',
}

/**
 * The zod code for a JSON Schema as written by Segment Protocols. As there, properties that it does not name are
 * allowed.
 */
export function toZod(schema: unknown, path: string, note: Note, depth = 0): string {
  if (depth > MAX_DEPTH) throw new RangeError(`${path.slice(0, 100)}… is nested more than ${MAX_DEPTH} levels deep`)
  if (schema === false) return 'z.never()'
  if (!isPlainObject(schema)) return 'z.unknown()'
  const { keywords, code } = convert(schema, path, note, depth)
  for (const keyword of Object.keys(schema)) {
    if (!SILENT.includes(keyword) && !keywords.includes(keyword)) note(path, keyword)
  }
  return code
}

/** The code, and the keywords that it covers. */
interface Converted {
  readonly code: string
  readonly keywords: readonly string[]
}

function convert(schema: JsonObject, path: string, note: Note, depth: number): Converted {
  if ('const' in schema) return literals('const', [schema.const], path, note)
  if (Array.isArray(schema.enum)) return literals('enum', schema.enum, path, note)
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = schema[keyword]
    // Next to a type, it only narrows that type, and is noted.
    if (!Array.isArray(options) || options.length === 0 || listTypes(schema).length > 0) continue
    if (keyword === 'oneOf') note(path, 'oneOf, which is anyOf here')
    return { keywords: [keyword], code: union(options.map((option) => toZod(option, path, note, depth + 1))) }
  }
  const types = listTypes(schema)
  if (types.length === 0) return { keywords: [], code: 'z.unknown()' }
  const converted = types
    .filter((type) => type !== 'null' || types.length === 1)
    .map((type) => convertType(type, schema, path, note, depth))
  const code = union(converted.map((each) => each.code))
  const isNullable = types.length > 1 && types.includes('null')
  return { keywords: converted.flatMap(({ keywords }) => keywords), code: isNullable ? `${code}.nullable()` : code }
}

function listTypes({ type, properties, items }: JsonObject): unknown[] {
  if (Array.isArray(type)) return type
  if (type !== undefined) return [type]
  return isPlainObject(properties) ? ['object'] : isPlainObject(items) ? ['array'] : []
}

function convertType(type: unknown, schema: JsonObject, path: string, note: Note, depth: number): Converted {
  switch (type) {
    case 'string':
      return convertString(schema, path, note)
    case 'number':
    case 'integer':
      return addChecks(type === 'integer' ? 'z.int()' : 'z.number()', 'number', schema)
    case 'boolean':
      return { keywords: [], code: 'z.boolean()' }
    case 'null':
      return { keywords: [], code: 'z.null()' }
    case 'array': {
      // A list with one schema per position is not converted, and is noted.
      const isList = Array.isArray(schema.items)
      const item = isList ? 'z.unknown()' : toZod(schema.items, `${path}[]`, note, depth + 1)
      const { keywords, code } = addChecks(`z.array(${item})`, 'array', schema)
      return { keywords: isList ? keywords : [...keywords, 'items'], code }
    }
    case 'object':
      return convertObject(schema, path, note, depth)
    default:
      note(path, `type ${JSON.stringify(type)}`)
      return { keywords: [], code: 'z.unknown()' }
  }
}

function convertString(schema: JsonObject, path: string, note: Note): Converted {
  const { pattern, format } = schema
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  if (format !== undefined && known === undefined) note(path, `format ${JSON.stringify(format)}`)
  const { keywords, code } = addChecks(known ?? 'z.string()', 'string', schema)
  const regex = typeof pattern === 'string' ? toRegExp(pattern) : undefined
  if (regex === undefined) return { keywords: [...keywords, 'format'], code }
  return { keywords: [...keywords, 'format', 'pattern'], code: `${code}.regex(${regex})` }
}

/** Without the flag u, JavaScript reads these as letters, which no pattern means: `\\p{L}`, `\\A`, `\\u{1F600}`. */
const LETTER_ESCAPES = /\\(?:u\{|[^\WbBcdDfknrsStuvwWx\d_])/

/** The code of a pattern; undefined if JavaScript has none that means the same. */
function toRegExp(pattern: string): string | undefined {
  if (isPattern(pattern, 'u')) return `new RegExp(${quote(pattern)}, 'u')`
  // Pairs of backslashes escape nothing else.
  const isMisread = LETTER_ESCAPES.test(pattern.replaceAll('\\\\', ''))
  return isPattern(pattern, '') && !isMisread ? `new RegExp(${quote(pattern)})` : undefined
}

function isPattern(text: string, flags: string): boolean {
  try {
    new RegExp(text, flags)
    return true
  } catch {
    return false
  }
}

function addChecks(start: string, type: string, schema: JsonObject): Converted {
  const found = (CHECKS[type] ?? []).filter(([keyword]) => typeof schema[keyword] === 'number')
  return {
    keywords: found.map(([keyword]) => keyword),
    code: start + found.map(([keyword, method]) => `.${method}(${String(schema[keyword])})`).join(''),
  }
}

function convertObject(schema: JsonObject, path: string, note: Note, depth: number): Converted {
  const { properties, required, additionalProperties } = schema
  const entries = Object.entries(isPlainObject(properties) ? properties : {})
  const needed = new Set(Array.isArray(required) ? required : [])
  const fields = entries.map(([name, field]) => {
    const code = toZod(field, `${path}.${name}`, note, depth + 1)
    return `${toComment(field)}${toKey(name)}: ${code}${needed.has(name) ? '' : '.optional()'},`
  })
  for (const name of needed) {
    if (!entries.some(([each]) => each === name)) fields.push(`${toKey(String(name))}: z.unknown(),`)
  }
  const body = fields.length === 0 ? '{}' : `{\n${fields.join('\n').replaceAll(/^/gm, '  ')}\n}`
  const keywords = ['properties', 'required', 'additionalProperties']
  if (additionalProperties === false) return { keywords, code: `z.strictObject(${body})` }
  if (!isPlainObject(additionalProperties)) return { keywords, code: `z.looseObject(${body})` }
  const rest = toZod(additionalProperties, `${path}.*`, note, depth + 1)
  return { keywords, code: `z.object(${body}).catchall(${rest})` }
}

function literals(keyword: string, values: readonly unknown[], path: string, note: Note): Converted {
  if (values.length > 0 && values.every((value) => typeof value === 'string')) {
    return { keywords: [keyword], code: `z.enum([${values.map(quote).join(', ')}])` }
  }
  if (values.length === 0 || values.some((value) => typeof value === 'object' && value !== null)) {
    note(path, keyword)
    return { keywords: [keyword], code: 'z.unknown()' }
  }
  return { keywords: [keyword], code: `z.literal([${values.map(quote).join(', ')}])` }
}

function union(options: readonly string[]): string {
  const [first = 'z.unknown()', ...others] = options
  return others.length === 0 ? first : `z.union([${options.join(', ')}])`
}

/** A literal. Two characters are line terminators in a program, but not in JSON. */
function quote(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

/** A key of an object literal; one key would set the prototype. */
export function toKey(name: string): string {
  if (name === '__proto__') return '["__proto__"]'
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
}

/** The description as a comment that nothing in it can close; empty without one. */
export function toComment(schema: unknown): string {
  const { description } = Object(schema) as { description?: unknown }
  if (typeof description !== 'string' || description.trim() === '') return ''
  return `/** ${toLine(description)} */\n`
}

/** Makes one line of a text, without anything that closes a comment. */
export function toLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll('*/', '* /')
    .trim()
}
