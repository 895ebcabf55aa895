import { isPlainObject, type JsonObject } from '../shapes.ts'
import { lintEventName } from './event-name.ts'
import type { Finding } from './finding.ts'
import { createIdentityLint } from './identities.ts'
import { lintIds } from './ids.ts'
import { lintProperties } from './properties.ts'
import { lintTime } from './time.ts'
import { lintTraits } from './traits.ts'

export type { Finding } from './finding.ts'

export interface LintContext {
  /** ISO-8601. */
  readonly receivedAt: string
  /** Of the request, by the clock of its sender. */
  readonly sentAt?: string | undefined
}

/** Nobody reads more, of one event. */
const MAX_FINDINGS = 50

export type Lint = (event: unknown, context: LintContext) => Finding[]

/** Checks events against Segment's spec. It remembers who is who, to compare what servers and browsers say. */
export function createLinter(): Lint {
  const lintIdentity = createIdentityLint()
  return (event, context) =>
    isPlainObject(event) ? [...lintEvent(event, context), ...lintIdentity(event)].slice(0, MAX_FINDINGS) : []
}

function lintEvent(event: JsonObject, context: LintContext): Finding[] {
  return [
    ...lintIds(event),
    ...lintTime(event, context),
    ...lintEventName(event.event),
    ...lintProperties(event.properties),
    ...lintTraits(event),
  ]
}
