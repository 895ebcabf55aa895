import { type EventProperties, type Plan, type SegmentEvent, ValidationError } from '../../src/index.ts'
import { choice, isPlainObject, Reporter, throwInvalid, toInvalidEventError } from '../../src/kit/index.ts'
import type { Issue, StandardSchema } from './standard-schema.ts'
import type { DefinedPlan, PlanDefinition, PlanMode, PlannedCalls, Schemas } from './types.ts'

/** What a schema returns, whatever its library says that it does. */
interface Judgement {
  readonly value?: unknown
  readonly issues?: readonly Issue[] | undefined
}

const checkMode = /* @__PURE__ */ choice('fail', 'throw', 'report')
const reporter = /* @__PURE__ */ new Reporter(String)

const toJudgement = (problem: unknown): { issues: [Issue] } => ({
  issues: [{ message: `has a schema that made ${problem}` }],
})

/**
 * Makes a plan of schemas, of any library that follows Standard Schema: zod, valibot, arktype. What a schema returns is what is sent.
 *
 * @throws ValidationError for a wrong definition
 * @example
 * import { Analytics } from 'analytics-edge'
 * import { definePlan } from 'analytics-edge/plan'
 * import * as z from 'zod'
 *
 * const plan = definePlan({ events: { 'Order Placed': z.object({ total: z.number() }) } })
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>', plan })
 */
export function definePlan<
  const Events extends Schemas,
  Traits extends StandardSchema = StandardSchema,
  GroupTraits extends StandardSchema = StandardSchema,
>(definition: PlanDefinition<Events, Traits, GroupTraits>): DefinedPlan<PlannedCalls<Events, Traits, GroupTraits>> {
  const { events, traits, groupTraits, modes, onProblem = ({ message }) => reporter.warn(message) } = definition
  const usualMode = checkMode('mode', definition.mode)
  // Without a prototype: an event may have any name.
  const schemas = { __proto__: null, ...events } as Readonly<Record<string, StandardSchema | undefined>>
  const ownModes = { __proto__: null, ...modes } as unknown as Readonly<Record<string, PlanMode | undefined>>
  for (const [name, schema] of Object.entries({ traits, groupTraits, ...events })) {
    if ((schema || name in schemas) && !schema?.['~standard']) throwInvalid(name, 'a Standard Schema', schema)
  }
  for (const name in modes) checkMode(name, modes[name])

  const plan = (event: SegmentEvent): ReturnType<Plan> => {
    const { type, event: name = '' } = event
    const isTrack = type === 'track'
    const schema = isTrack ? schemas[name] : { identify: traits, group: groupTraits }[type as string]
    if (!schema && !isTrack) return undefined
    const key = !isTrack ? 'traits' : schema ? 'properties' : 'event'
    let mode = ownModes[name] ?? usualMode

    /** Takes over what the schema has returned, or does what the mode says. */
    const finish = (target: SegmentEvent, { issues, value }: Judgement): void => {
      const issue = issues?.[0] ?? (!isPlainObject(value) && toJudgement('no object').issues[0])
      if (!issue) {
        target[key as 'traits'] = value as EventProperties
        return
      }
      const path = ['', key, ...(issue.path ?? []).map((part) => String(Object(part).key ?? part))]
      const mistake = new ValidationError(path.join('.'), `of ${name || type} ${issue.message}`)
      if (mode === 'throw') throw mistake
      const reason = toInvalidEventError(mistake, target)
      if (mode === 'fail') throw reason
      // A copy, as it would be sent: nobody changes the event by looking at it.
      const report = (async () => onProblem(reason, JSON.parse(JSON.stringify(target))))()
      report.catch((error) => reporter.userError('onProblem', error))
    }

    let judged: Judgement | Promise<Judgement>
    try {
      // As JSON reads a document: what it hides, the schema does not see.
      const fields = event[key as 'traits']
      judged = schema
        ? Object(schema['~standard'].validate(fields?.toJSON?.() ?? fields))
        : { issues: [{ message: 'is not in the plan' }] }
    } catch (error) {
      judged = toJudgement(error)
    }
    if (!('then' in judged)) {
      finish(event, judged)
      return undefined
    }
    // Begun in the call; nobody has to be there when it rejects.
    const late = Promise.resolve(judged).then(undefined, toJudgement)
    // The call has returned.
    if (mode === 'throw') mode = 'fail'
    return {
      name: 'plan',
      type: 'before',
      async [type]<Ctx extends { event: SegmentEvent }>(ctx: Ctx): Promise<Ctx> {
        finish(ctx.event, Object(await late))
        return ctx
      },
    }
  }
  // The cast: what a plan allows is there for types alone.
  return Object.assign(plan, { definition }) as DefinedPlan as DefinedPlan<PlannedCalls<Events, Traits, GroupTraits>>
}
