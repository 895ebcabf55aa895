import type { StandardSchemaV1 } from '@standard-schema/spec'

/** The parts of a plan from `definePlan` of analytics-edge/plan that are read here. */
export interface TrackingPlan {
  readonly definition: {
    readonly events: Readonly<Record<string, StandardSchemaV1>>
    readonly traits?: StandardSchemaV1 | undefined
    readonly groupTraits?: StandardSchemaV1 | undefined
  }
}

export function isTrackingPlan(value: unknown): value is TrackingPlan {
  const { definition } = Object(value) as Partial<Record<string, unknown>>
  const { events } = Object(definition) as Partial<Record<string, unknown>>
  return typeof events === 'object' && events !== null
}
