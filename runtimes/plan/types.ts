import type {
  Analytics,
  AnyCalls,
  DeliveryError,
  EventProperties,
  IdentityOptions,
  OptionalIdentity,
  Plan,
  Scope,
  SegmentEvent,
} from '../../src/index.ts'
import type { InputOf, StandardSchema } from './standard-schema.ts'

/**
 * What happens to a call that violates the plan: it throws a ValidationError (`throw`), its event fails with `ERR_INVALID_EVENT` (`fail`), or
 * the event is sent unchanged and `onProblem` is called (`report`).
 */
export type PlanMode = 'throw' | 'fail' | 'report'

export type Schemas = Readonly<Record<string, StandardSchema>>

export interface PlanDefinition<
  Events extends Schemas = Schemas,
  Traits extends StandardSchema = StandardSchema,
  GroupTraits extends StandardSchema = StandardSchema,
> {
  /** The track events, by name, with schemas of their properties. Any other name violates the plan. */
  events: Events
  /** Schema of the traits of identify. @default not checked */
  traits?: Traits | undefined
  /** Schema of the traits of group. @default not checked */
  groupTraits?: GroupTraits | undefined
  /** The mode of all calls. With an asynchronous schema, `throw` acts as `fail`, because the call has already returned. @default 'fail' */
  mode?: PlanMode | undefined
  /** The mode of individual track events. @default `mode` */
  modes?: { readonly [Name in keyof Events]?: PlanMode | undefined } | undefined
  /** Called for each violation in the mode `report`. @default a warning on the console */
  onProblem?: ((problem: DeliveryError, event: SegmentEvent) => unknown) | undefined
}

/** A plan, for the setting `plan`; `definition` is for tools that list its events. */
export interface DefinedPlan<Calls extends AnyCalls = AnyCalls> extends Plan<Calls> {
  readonly definition: PlanDefinition
}

type With<Name extends string, Value> =
  Record<never, never> extends Value ? { [Key in Name]?: Value | undefined } : { [Key in Name]: Value }

/** The objects that a schema takes: it always gets one, so undefined and null do not count. Without any, all objects. */
type Fields<Schema> =
  InputOf<Schema> extends EventProperties
    ? InputOf<Schema>
    : [Extract<InputOf<Schema>, EventProperties>] extends [never]
      ? EventProperties
      : Extract<InputOf<Schema>, EventProperties>

/** The calls that a plan allows. */
export interface PlannedCalls<Events, Traits, GroupTraits> extends AnyCalls {
  track: { [Name in keyof Events & string]: { event: Name } & With<'properties', Fields<Events[Name]>> }[keyof Events &
    string]
  identify: StandardSchema extends Traits ? AnyCalls['identify'] : With<'traits', Fields<Traits>>
  group: StandardSchema extends GroupTraits ? AnyCalls['group'] : With<'traits', Fields<GroupTraits>>
}

export type CallsOf<P extends Plan> = P extends Plan<infer Calls> ? Calls : never

/** The scope of a client with this plan: `PlannedScope<typeof plan>`, or with `OptionalIdentity` if `identify` sets the ids. */
export type PlannedScope<P extends Plan, Identity extends OptionalIdentity = IdentityOptions> = Scope<
  Identity,
  CallsOf<P>
>

/** A client with this plan. */
export type PlannedAnalytics<P extends Plan> = Analytics<IdentityOptions, CallsOf<P>>
