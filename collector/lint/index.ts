import { isPlainObject, type JsonObject } from '../shapes.ts'
import { lintEventName } from './event-name.ts'
import type { Finding } from './finding.ts'
import { createIdentityLint } from './identities.ts'
import { lintIds } from './ids.ts'
import type { LintContext } from './lint-context.ts'
import { lintProperties } from './properties.ts'
import { lintTime } from './time.ts'
import { lintTraits } from './traits.ts'

export type { Finding } from './finding.ts'

/** More findings for one event would not be read. */
const MAX_FINDINGS = 50

export type Lint = (event: unknown, context: LintContext) => Finding[]

/** Checks events against Segment's spec. Remembers ids, to compare those of servers and browsers. */
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
