import { isPlainObject, type JsonObject } from '../shapes.ts'

/** A rule of an exported tracking plan. */
export interface Rule {
  readonly type: string
  /** Set for track events only. */
  readonly name: string | undefined
  readonly version: number
  readonly schema: JsonObject
  readonly description: unknown
}

export interface Export {
  readonly title: string | undefined
  readonly rules: readonly Rule[]
  /** What else it has, or does not have, that is part of the plan. */
  readonly notes: readonly string[]
}

const CONFIG_RULES = ['events', 'identify', 'group', 'global']

/**
 * The rules of a tracking plan exported from Segment: by the Public API
 * (`{ data: { rules: [{ key, type, jsonSchema }] } }`), or by the Config API, as in typewriter's `plan.json`
 * (`{ rules: { events: [{ name, rules }], identify, group } }`).
 *
 * @throws TypeError for anything else
 */
export function readExport(value: unknown): Export {
  const plan = isPlainObject(value) && isPlainObject(value.data) ? value.data : value
  const title = isPlainObject(plan) ? (plan.display_name ?? plan.name) : undefined
  const rules = isPlainObject(plan) && isPlainObject(plan.rules) ? readConfig(plan.rules) : readPublic(plan)
  if (rules === undefined) {
    throw new TypeError(
      'no tracking plan: it needs rules: [{ key, type, jsonSchema }] or rules: { events: [{ name, rules }] }',
    )
  }
  return {
    title: typeof title === 'string' ? title : undefined,
    rules,
    notes: isPlainObject(plan) ? listRest(plan) : [],
  }
}

/** The Public API answers in pages, and the Config API has lists beside the rules. */
function listRest({ pagination, rules }: JsonObject): string[] {
  const { next, previous } = Object(pagination) as { next?: unknown; previous?: unknown }
  const isPage = [next, previous].some((cursor) => typeof cursor === 'string')
  const lists = Object.entries(isPlainObject(rules) ? rules : {}).filter(
    ([key, value]) => !CONFIG_RULES.includes(key) && Array.isArray(value) && value.length > 0,
  )
  return [
    ...(isPage ? ['the other pages of the rules: the file has one of several'] : []),
    ...lists.map(([key]) => `rules.${key}`),
  ]
}

function readPublic(plan: unknown): Rule[] | undefined {
  const rules = isPlainObject(plan) ? plan.rules : plan
  if (!Array.isArray(rules)) return undefined
  return rules.map((rule, index) => {
    const where = `rules[${index}]`
    if (!isPlainObject(rule) || typeof rule.type !== 'string') throw new TypeError(`${where}.type must be a string`)
    const isTrack = rule.type === 'TRACK'
    return toRule(
      rule.type,
      isTrack ? readName(rule.key, `${where}.key`) : undefined,
      rule,
      rule.jsonSchema,
      `${where}.jsonSchema`,
    )
  })
}

function readConfig({ events = [], identify, group, ...others }: JsonObject): Rule[] | undefined {
  if (!Array.isArray(events)) return undefined
  const single = { IDENTIFY: identify, GROUP: group, COMMON: others.global }
  return [
    ...events.map((event, index) => {
      const where = `rules.events[${index}]`
      if (!isPlainObject(event)) throw new TypeError(`${where} must be an object`)
      return toRule('TRACK', readName(event.name, `${where}.name`), event, event.rules, `${where}.rules`)
    }),
    ...Object.entries(single).flatMap(([type, schema]) =>
      isPlainObject(schema) ? [toRule(type, undefined, {}, schema, type)] : [],
    ),
  ]
}

function toRule(type: string, name: string | undefined, rule: JsonObject, schema: unknown, where: string): Rule {
  if (!isPlainObject(schema)) throw new TypeError(`${where} must be a JSON Schema`)
  const version = typeof rule.version === 'number' ? rule.version : 0
  return { type, name, version, schema, description: rule.description ?? schema.description }
}

function readName(name: unknown, where: string): string {
  if (typeof name === 'string') return name
  throw new TypeError(`${where} must be the name of an event`)
}
