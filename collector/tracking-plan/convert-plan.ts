import { isPlainObject } from '../shapes.ts'
import { type Rule, readExport } from './read-export.ts'
import { SILENT, toComment, toKey, toLine, toZod } from './to-zod.ts'

export interface ConvertedPlan {
  /** TypeScript, for `definePlan` of analytics-edge/plan and zod. */
  readonly code: string
  /** What could not be converted; also listed in the code. */
  readonly notes: readonly string[]
}

/**
 * Generates code from a tracking plan exported from Segment Protocols.
 *
 * @param json the exported file
 * @throws Error if it is not a tracking plan
 */
export function convertPlan(json: string): ConvertedPlan {
  // Some programs begin a file with a byte order mark, which JSON does not allow.
  const { title, rules, notes: rest } = readExport(JSON.parse(json.replace(/^\uFEFF/, '')))
  const notes = rest.map(toLine)
  const note = (where: string) => (path: string, what: string) => void notes.push(toLine(`${where}, ${path}: ${what}`))
  const convert = (rule: Rule, key: string, where: string) => {
    for (const rest of listRest(rule, key)) note(where)('message', rest)
    return toZod(readPart(rule, key), key, note(where)).replace(/^z\.unknown\(\)$/, 'z.looseObject({})')
  }

  const events = latest(rules, 'TRACK', note).map(([name, rule]) => {
    const code = convert(rule, 'properties', name)
    return `${toComment(rule)}${toKey(name)}: ${code},`
  })
  const traits = ['IDENTIFY', 'GROUP'].flatMap((type) => {
    const key = type === 'GROUP' ? 'groupTraits' : 'traits'
    return latest(rules, type, note).map(([name, rule]) => `${key}: ${convert(rule, 'traits', name)},`)
  })
  for (const { type } of rules) {
    if (!['TRACK', 'IDENTIFY', 'GROUP'].includes(type)) notes.push(toLine(`the rule of type ${type}`))
  }
  const body = [`events: {\n${indent(events.join('\n'))}\n},`, ...traits].join('\n')
  const heading = [
    `// Made of ${title === undefined ? 'a tracking plan' : `the tracking plan ${toLine(JSON.stringify(title))}`} of Segment Protocols.`,
    ...(notes.length === 0 ? [] : ['// Not carried over:', ...notes.map((each) => `// - ${each}`)]),
  ]
  const imports = "import { definePlan } from 'analytics-edge/plan'\nimport { z } from 'zod'"
  return { code: `${heading.join('\n')}\n${imports}\n\nexport const plan = definePlan({\n${indent(body)}\n})\n`, notes }
}

/** The rule of each track event, or of a type; if there are several, the one with the highest version. */
function latest(
  rules: readonly Rule[],
  type: string,
  note: (where: string) => (path: string, what: string) => void,
): [name: string, rule: Rule][] {
  const found = new Map<string, Rule>()
  for (const rule of rules) {
    if (rule.type !== type) continue
    const name = rule.name ?? type.toLowerCase()
    const other = found.get(name)
    if (other !== undefined) note(name)('version', String(Math.min(other.version, rule.version)))
    if (other === undefined || rule.version > other.version) found.set(name, rule)
  }
  return [...found]
}

/** The schema of an event describes the whole message. */
function readPart({ schema }: Rule, key: string): unknown {
  const { properties } = schema
  return isPlainObject(properties) ? properties[key] : undefined
}

/** What the schema says of the message outside of the part that is converted, for example of its `context`. */
function listRest({ schema }: Rule, key: string): string[] {
  const { properties, required } = schema
  const parts = Object.entries(isPlainObject(properties) ? properties : {})
  const others = Array.isArray(required) ? required.filter((name) => name !== key) : []
  return [
    ...Object.keys(schema).filter((keyword) => ![...SILENT, 'properties', 'required'].includes(keyword)),
    ...parts.filter(([name, part]) => name !== key && isRestrictive(part)).map(([name]) => name),
    ...others.map((name) => `required ${String(name)}`),
  ]
}

/** Whether it allows less than any value or object. */
function isRestrictive(schema: unknown): boolean {
  let isPartial = false
  const code = toZod(schema, '', () => {
    isPartial = true
  })
  return isPartial || !/^z\.(unknown\(\)|looseObject\(\{\}\))(\.nullable\(\))?$/.test(code)
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
