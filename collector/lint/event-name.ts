import leven from 'leven'
import { type Finding, show } from './finding.ts'
import { SEMANTIC_EVENTS } from './semantic-events.ts'

/** What is longer is no name; and nothing here takes long on what is short. */
const MAX_LENGTH = 200
const EMAIL = /[^\s@]+@[^\s@.]+\.[^\s@]+/
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
const HEX_ID = /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/i
const NUMBER = /\d{4,}/

const KNOWN = new Set<string>(SEMANTIC_EVENTS)
const BY_STEM = new Map<string, string>(SEMANTIC_EVENTS.map((name) => [stem(name), name]))

/** A name must be one of few, and spelled as destinations look for it. */
export function lintEventName(name: unknown): Finding[] {
  if (typeof name !== 'string' || name === '') return []
  if (name.length > MAX_LENGTH) {
    return [{ rule: 'long-event-name', path: 'event', message: `the name has ${name.length} characters` }]
  }
  const secret = findVariable(name)
  if (secret !== undefined) {
    const message = `${show(name)} has ${secret} in it: each is an event of its own. Make it a property`
    return [{ rule: 'variable-event-name', path: 'event', message }]
  }
  const meant = findSemanticEvent(name)
  if (meant === undefined) return []
  const message = `${show(name)} is nearly ${show(meant)}, the name that Segment's spec and its destinations know`
  return [{ rule: 'semantic-event-name', path: 'event', message }]
}

function findVariable(name: string): string | undefined {
  if (EMAIL.test(name)) return 'an e-mail address'
  if (UUID.test(name) || HEX_ID.test(name)) return 'an id'
  const [number] = NUMBER.exec(name) ?? []
  return number !== undefined && !isYear(number) ? 'a number' : undefined
}

function isYear(digits: string): boolean {
  return /^(19|20)\d\d$/.test(digits)
}

/** The semantic event that was probably meant; undefined for one that is right, and for any other name. */
function findSemanticEvent(name: string): string | undefined {
  if (KNOWN.has(name)) return undefined
  const stems = stem(name)
  const exact = BY_STEM.get(stems)
  if (exact !== undefined) return exact
  if (stems.length < 8) return undefined
  for (const [known, meant] of BY_STEM) {
    // The lengths rule out most, at no cost.
    if (Math.abs(known.length - stems.length) <= 1 && leven(known, stems) === 1) return meant
  }
  return undefined
}

/** Case, order, separators and endings aside: `order_complete` and `Completed Order` are one. */
function stem(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map(stemWord)
    .filter((word) => word !== '')
    .sort()
    .join(' ')
}

function stemWord(word: string): string {
  if (word.length < 4) return word
  const bare = word.replace(/(ing|ed|s)$/, '')
  // `cancelled` and `canceled`, `created` and `create`.
  return bare.replace(/e$/, '').replace(/(.)\1$/, '$1')
}
