import leven from 'leven'
import { type Finding, show } from './finding.ts'
import { SEMANTIC_EVENTS } from './semantic-events.ts'

/** Longer texts are not names, and checks of shorter ones are fast. */
const MAX_LENGTH = 200
const EMAIL = /[^\s@]+@[^\s@.]+\.[^\s@]+/
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
const HEX_ID = /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/i
const NUMBER = /\d{4,}/

const KNOWN = new Set<string>(SEMANTIC_EVENTS)
const BY_STEM = new Map<string, string>(SEMANTIC_EVENTS.map((name) => [stem(name), name]))

/** Checks that a name does not vary per event, and is spelled as destinations expect. */
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

/** The semantic event that was probably meant; undefined if the name is correct or matches none. */
function findSemanticEvent(name: string): string | undefined {
  if (KNOWN.has(name)) return undefined
  const stems = stem(name)
  const exact = BY_STEM.get(stems)
  if (exact !== undefined) return exact
  if (stems.length < 8) return undefined
  for (const [known, meant] of BY_STEM) {
    // Comparing lengths rules out most names cheaply.
    if (Math.abs(known.length - stems.length) <= 1 && leven(known, stems) === 1) return meant
  }
  return undefined
}

/** Ignores case, order, separators and endings: `order_complete` and `Completed Order` have the same stem. */
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
  // Treats `cancelled` and `canceled`, `created` and `create` alike.
  return bare.replace(/e$/, '').replace(/(.)\1$/, '$1')
}
