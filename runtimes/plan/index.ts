export { definePlan } from './define-plan.ts'
export type { StandardSchema } from './standard-schema.ts'
export type { CallsOf, DefinedPlan, PlanDefinition, PlanMode, PlannedAnalytics, PlannedScope } from './types.ts'
