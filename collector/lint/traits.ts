import { isIsoDate, isPlainObject, type JsonObject } from '../shapes.ts'
import { type Finding, show } from './finding.ts'

interface Kind {
  readonly wanted: string
  accepts(value: unknown): boolean
}

const text: Kind = { wanted: 'a string', accepts: (value) => typeof value === 'string' }
const number: Kind = { wanted: 'a number', accepts: (value) => typeof value === 'number' }
const object: Kind = { wanted: 'an object', accepts: isPlainObject }
const date: Kind = { wanted: 'an ISO 8601 date', accepts: isIsoDate }
const textOrNumber: Kind = {
  wanted: 'a string or a number',
  accepts: (value) => typeof value === 'string' || typeof value === 'number',
}
const email: Kind = {
  wanted: 'an e-mail address',
  accepts: (value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value),
}

const COMMON = { address: object, avatar: text, createdAt: date, description: text, email, id: text, name: text }
const MORE = { phone: text, website: text }

/** The traits that Segment reserves, and their types. https://segment.com/docs/connections/spec/identify/#traits */
const USER_TRAITS: Readonly<Record<string, Kind>> = {
  ...COMMON,
  ...MORE,
  age: number,
  birthday: date,
  company: object,
  firstName: text,
  gender: text,
  lastName: text,
  title: text,
  username: text,
}
/** https://segment.com/docs/connections/spec/group/#traits */
const GROUP_TRAITS: Readonly<Record<string, Kind>> = {
  ...COMMON,
  ...MORE,
  employees: textOrNumber,
  industry: text,
  plan: text,
}

export function lintTraits({ type, traits, context }: JsonObject): Finding[] {
  if (isPlainObject(traits)) {
    return lintObject(traits, 'traits', type === 'group' || type === undefined ? GROUP_TRAITS : USER_TRAITS)
  }
  const inContext = isPlainObject(context) ? context.traits : undefined
  return isPlainObject(inContext) ? lintObject(inContext, 'context.traits', USER_TRAITS) : []
}

function lintObject(traits: JsonObject, at: string, kinds: Readonly<Record<string, Kind>>): Finding[] {
  return Object.entries(traits).flatMap(([name, value]) => [
    ...lintType(name, value, at, kinds),
    ...lintName(name, at, kinds),
  ])
}

function lintType(name: string, value: unknown, at: string, kinds: Readonly<Record<string, Kind>>): Finding[] {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined || value === null || value === '' || kind.accepts(value)) return []
  const message = `${show(value)}: the spec reserves this trait for ${kind.wanted}`
  return [{ rule: 'reserved-trait', path: `${at}.${name}`, message }]
}

/** `first_name` and `FirstName` are not `firstName`: destinations do not find them. */
function lintName(name: string, at: string, kinds: Readonly<Record<string, Kind>>): Finding[] {
  if (Object.hasOwn(kinds, name) || name.length > 30) return []
  const letters = name.replaceAll(/[_\s-]/g, '').toLowerCase()
  const meant = Object.keys(kinds).find((known) => known.toLowerCase() === letters)
  return meant === undefined
    ? []
    : [{ rule: 'trait-name', path: `${at}.${name}`, message: `the spec calls it ${meant}` }]
}
