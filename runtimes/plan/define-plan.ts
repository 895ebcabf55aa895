import {
  DeliveryError,
  type EventProperties,
  type Plan,
  Reporter,
  type SegmentEvent,
  ValidationError,
} from '../../src/index.ts'
import type { Issue, StandardSchema } from './standard-schema.ts'
import type { DefinedPlan, PlanDefinition, PlanMode, PlannedCalls, Schemas } from './types.ts'

/** What a schema returns, whatever its library says that it does. */
interface Judgement {
  readonly value?: unknown
  readonly issues?: readonly Issue[] | undefined
}

const MODES: readonly unknown[] = ['throw', 'fail', 'report'] satisfies PlanMode[]

const reporter = /* @__PURE__ */ new Reporter((text) => text)
const warn = ({ message }: Error) => reporter.warn(message)

/**
 * Makes a plan of schemas, of any library that follows Standard Schema: zod, valibot, arktype. What a schema returns is what is sent.
 * Throws a ValidationError for a definition that is wrong.
 *
 * @example
 * const plan = definePlan({ events: { 'Order Placed': z.object({ total: z.number() }) } })
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>', plan })
 */
export function definePlan<
  const Events extends Schemas,
  Traits extends StandardSchema = StandardSchema,
  GroupTraits extends StandardSchema = StandardSchema,
>(definition: PlanDefinition<Events, Traits, GroupTraits>): DefinedPlan<PlannedCalls<Events, Traits, GroupTraits>> {
  const { events, traits, groupTraits, mode = 'fail', modes, onProblem = warn } = definition
  // Without a prototype: an event may have any name.
  const schemas: Schemas = { __proto__: null, ...events } as unknown as Schemas
  const ownModes = { __proto__: null, ...modes } as Readonly<Record<string, unknown>>
  const others: Readonly<Record<string, StandardSchema | undefined>> = { identify: traits, group: groupTraits }
  for (const [name, schema] of Object.entries({
    ...events,
    ...(traits && { traits }),
    ...(groupTraits && { groupTraits }),
  })) {
    check(name, schema?.['~standard'], 'a Standard Schema')
  }
  for (const [name, value] of Object.entries({ ...modes, mode })) check(name, MODES.includes(value), MODES.join(' or '))

  /** Does what the mode says about an event that does not fit. */
  const complain = (event: SegmentEvent, field: string, problem: string, isLate?: boolean): void => {
    const own = ownModes[event.event ?? ''] ?? mode
    const text = `of ${event.event ?? event.type} ${problem}`
    if (own === 'throw' && !isLate) throw new ValidationError(field, text)
    const reason = new DeliveryError('ERR_INVALID_EVENT', `${field} ${text}`, { field })
    if (own !== 'report') throw reason
    const tell = async () => onProblem(reason, event)
    tell().catch((error) => reporter.userError('onProblem', error))
  }

  const plan = (event: SegmentEvent): ReturnType<Plan> => {
    const { type } = event
    const isTrack = type === 'track'
    const key = isTrack ? 'properties' : 'traits'
    // The cast: a track event has a name.
    const schema = isTrack ? schemas[event.event as string] : others[type]
    if (!schema) {
      if (isTrack) complain(event, '.event', 'is not in the plan')
      return undefined
    }

    /** Takes over what the schema has returned. */
    const finish = (target: SegmentEvent, { issues, value }: Judgement, isLate?: boolean): void => {
      const [issue] = issues ?? (Object(value) === value ? [] : toJudgement('no object').issues)
      // The cast: without an issue, it is one.
      if (!issue) target[key] = value as EventProperties
      else complain(target, ['', key, ...(issue.path ?? []).map(nameOf)].join('.'), issue.message, isLate)
    }
    let judged: Judgement | Promise<Judgement>
    try {
      const fields = event[key]
      // As JSON reads a document: what it hides, the schema does not see.
      judged = Object(schema['~standard'].validate(fields?.toJSON?.() ?? fields))
    } catch (error) {
      judged = toJudgement(error)
    }
    if (!('then' in judged)) {
      finish(event, judged)
      return undefined
    }
    // Begun in the call; nobody has to be there when it rejects.
    const late = judged.then(undefined, toJudgement)
    const hook = async <Ctx extends { event: SegmentEvent }>(ctx: Ctx): Promise<Ctx> => {
      finish(ctx.event, await late, true)
      return ctx
    }
    return { name: 'plan', type: 'before', [type]: hook }
  }
  // The cast: what a plan allows is there for types alone.
  return Object.assign(plan, { definition }) as DefinedPlan as DefinedPlan<PlannedCalls<Events, Traits, GroupTraits>>
}

function toJudgement(problem: unknown): { issues: readonly Issue[] } {
  return { issues: [{ message: `the schema made ${problem}` }] }
}

function nameOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(Object(part).key ?? part)
}

function check(name: string, isRight: unknown, allowed: string): void {
  if (!isRight) throw new ValidationError(name, `must be ${allowed}`)
}
