import { type EventProperties, type Plan, type SegmentEvent, ValidationError } from '../../src/index.ts'
import {
  checkFunction,
  choice,
  contain,
  describeError,
  isPlainObject,
  isThenable,
  Reporter,
  readAsJson,
  throwInvalid,
  toInvalidEventError,
} from '../../src/kit/index.ts'
import type { StandardSchema } from './standard-schema.ts'
import type { DefinedPlan, PlanDefinition, PlanMode, PlannedCalls, Schemas } from './types.ts'

type ByName<Value> = Readonly<Record<string, Value | undefined>>

const reporter = /* @__PURE__ */ new Reporter(String)
const checkMode = /* @__PURE__ */ choice<PlanMode>('fail', 'throw', 'report')

const checkSchema = (name: string, schema: StandardSchema | null | undefined): unknown =>
  schema === undefined ||
  typeof schema?.['~standard']?.validate === 'function' ||
  throwInvalid(name, 'a Standard Schema', schema)

/** A library may break its promises, so reading a schema's result may throw. */
const toResult = (error: unknown) => ({ issues: { message: `has a schema that failed: ${describeError(error)}` } })

/**
 * Creates a plan from schemas of any library that implements Standard Schema: zod, valibot, arktype. Events are sent as their schema returns
 * them.
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
  // JavaScript code may pass anything.
  if (!isPlainObject(definition?.events)) throwInvalid('events', 'a plain object', definition?.events)
  // Without a prototype: an event may have any name.
  const schemas = { __proto__: null, ...definition.events } as unknown as ByName<StandardSchema>
  const modes = { __proto__: null, ...definition.modes } as unknown as ByName<PlanMode>
  checkMode('mode', definition.mode)
  checkFunction('onProblem', definition.onProblem)
  // A mode needs its event.
  for (const name in { ...schemas, ...modes }) {
    // biome-ignore lint/style/useTemplate: it is smaller
    checkSchema('events.' + name, schemas[name] ?? null)
    // biome-ignore lint/style/useTemplate: it is smaller
    checkMode('modes.' + name, modes[name])
  }
  checkSchema('traits', definition.traits)
  checkSchema('groupTraits', definition.groupTraits)

  const plan = (event: SegmentEvent): ReturnType<Plan> => {
    const { type, event: name = '' } = event
    const schema = { track: schemas[name], identify: definition.traits, group: definition.groupTraits }[type as string]
    if (!schema && type !== 'track') return undefined
    // The cast: each event with a schema has an object there.
    const key = (type !== 'track' ? 'traits' : schema ? 'properties' : 'event') as 'traits'

    /** Takes over what the schema has returned, or does what the mode says. */
    const finish = (target: SegmentEvent, result: unknown): undefined => {
      let mistake: ValidationError
      try {
        const { value, issues } = Object(result)
        const [issue] = [issues].flat()
        if (!issue && isPlainObject(value)) {
          // Later, the caller may have changed what it shares with the result, and plugins must not change that.
          target[key] = target === event ? (value as EventProperties) : JSON.parse(JSON.stringify(value))
          return
        }
        const { message = 'has a schema that returned no usable result', path } = Object(issue)
        mistake = new ValidationError(
          ['', key, ...[path ?? []].flat().map((part) => String(Object(part).key ?? part))].join('.'),
          `of ${name || type} ${message}`,
        )
      } catch (error) {
        return finish(target, toResult(error))
      }
      const reason = toInvalidEventError(mistake, target)
      const mode = modes[name] ?? definition.mode
      // Later, the call has returned, and the event is a copy.
      if (mode !== 'report') throw mode === 'throw' && target === event ? mistake : reason
      // A copy, as it would be sent, so that `onProblem` cannot change the event.
      contain(
        () =>
          definition.onProblem
            ? definition.onProblem(reason, JSON.parse(JSON.stringify(target)))
            : reporter.warn(reason.message),
        (error) => reporter.userError('onProblem', error),
      )
    }

    // Converted by its toJSON, so that the schema does not see hidden fields.
    let result: unknown = readAsJson(event[key])
    try {
      result = schema ? schema['~standard'].validate(result) : { issues: { message: 'is not in the plan' } }
      if (isThenable(result)) {
        // Begun in the call, and possibly not awaited when it rejects.
        result = Promise.resolve(result).catch(toResult)
        return {
          name: 'plan',
          async [type]<Ctx extends { event: SegmentEvent }>(ctx: Ctx): Promise<Ctx> {
            finish(ctx.event, await result)
            return ctx
          },
        }
      }
    } catch (error) {
      result = toResult(error)
    }
    return finish(event, result)
  }
  // The cast: the calls that a plan allows exist only as types.
  plan.definition = definition
  return plan as DefinedPlan as DefinedPlan<PlannedCalls<Events, Traits, GroupTraits>>
}
