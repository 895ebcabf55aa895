import type { StandardSchemaV1 } from '@standard-schema/spec'
import leven from 'leven'
import { type Finding, show } from '../lint/finding.ts'
import { isPlainObject, type JsonObject } from '../shapes.ts'
import { describeThrown } from '../thrown.ts'
import type { TrackingPlan } from './plan.ts'

/** How an event violates the plan; a promise if a schema is asynchronous, which never rejects. */
export type PlanCheck = (type: string, event: unknown) => readonly Finding[] | Promise<readonly Finding[]>

/** More findings for one event would not be read. */
const MAX_FINDINGS = 20
/** Some libraries include the value in the message. */
const MAX_MESSAGE_LENGTH = 300

type Result = StandardSchemaV1.Result<unknown>

/** Checks received events against a plan, each object only once: the log and the page show the same findings. */
export function createPlanCheck(plan: TrackingPlan): PlanCheck {
  const check = createCheck(plan)
  const known = new WeakMap<JsonObject, ReturnType<PlanCheck>>()
  return (type, event) => {
    if (!isPlainObject(event)) return []
    const found = known.get(event) ?? check(type, event)
    known.set(event, found)
    return found
  }
}

function createCheck({ definition }: TrackingPlan): (type: string, event: JsonObject) => ReturnType<PlanCheck> {
  const { traits, groupTraits } = definition
  const schemas = new Map(Object.entries(definition.events))
  return (type, event) => {
    if (type === 'identify') return judge(traits, 'traits', event.traits)
    if (type === 'group') return judge(groupTraits, 'traits', event.traits)
    if (type !== 'track' || typeof event.event !== 'string') return []
    const schema = schemas.get(event.event)
    if (schema !== undefined) return judge(schema, 'properties', event.properties)
    return [{ rule: 'not-in-plan', path: 'event', message: describeUnplanned(event.event, [...schemas.keys()]) }]
  }
}

function describeUnplanned(name: string, planned: readonly string[]): string {
  const near = planned
    .filter((each) => Math.abs(each.length - name.length) <= 3)
    .find((each) => leven(each.toLowerCase(), name.toLowerCase()) <= 3)
  return `${show(name)} is not in the plan${near === undefined ? '' : `; ${show(near)} is`}`
}

function judge(
  schema: StandardSchemaV1 | undefined,
  key: string,
  value: unknown,
): readonly Finding[] | Promise<readonly Finding[]> {
  if (schema === undefined) return []
  try {
    // A copy, because a schema may change its input. Without properties, the SDK's calls send an empty object.
    const result = schema['~standard'].validate(structuredClone(value ?? {}))
    return isThenable(result) ? judgeLater(key, result) : listFindings(key, result)
  } catch (error) {
    return [toThrown(key, error)]
  }
}

async function judgeLater(key: string, result: PromiseLike<Result>): Promise<readonly Finding[]> {
  try {
    return listFindings(key, await result)
  } catch (error) {
    return [toThrown(key, error)]
  }
}

function listFindings(key: string, { issues }: Result): Finding[] {
  return (issues ?? []).slice(0, MAX_FINDINGS).map(({ message, path = [] }) => {
    const parts = path.map((part) => (typeof part === 'object' ? part.key : part))
    return toFinding(
      key + parts.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join(''),
      typeof message === 'string' ? message : 'the schema gave no message',
    )
  })
}

function toThrown(key: string, error: unknown): Finding {
  return toFinding(key, `the schema threw ${describeThrown(error)}`)
}

function toFinding(path: string, message: string): Finding {
  return { rule: 'plan', path: path.slice(0, MAX_MESSAGE_LENGTH), message: message.slice(0, MAX_MESSAGE_LENGTH) }
}

function isThenable(value: object): value is PromiseLike<Result> {
  return 'then' in value && typeof value.then === 'function'
}
