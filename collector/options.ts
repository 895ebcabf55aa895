import * as v from 'valibot'
import type { OAuthOptions } from './auth-server.ts'
import type { Fault } from './fault.ts'
import { isLoopback } from './guard.ts'
import type { ReceivedEvent } from './store.ts'
import { isTrackingPlan, type TrackingPlan } from './tracking-plan/plan.ts'
import { closedObject, finiteNumber, flag, integerFrom, lifeSeconds, text, textList, validate } from './validate.ts'

export interface CollectorOptions {
  /** @default 0, a free one */
  port?: number
  /** A loopback address or `localhost`, so that no other machine can reach it. @default '127.0.0.1' */
  host?: string
  /** The accepted keys; any other gets a 401. @default any non-empty key */
  writeKeys?: readonly string[]
  /** Called for each stored event, including duplicates and those with problems. */
  onEvent?: (event: ReceivedEvent) => void
  /** Whether to print a line for each event and each rejected request. @default false */
  log?: boolean
  /** Initial faults: faults added later take precedence, and `clear()` resets them. @default none */
  faults?: readonly Fault[]
  /** OAuth apps that may request tokens, and how the token server behaves. More can be registered later. @default none */
  oauth?: OAuthOptions
  /** Browsers get a live page at `/`. @default false */
  page?: boolean
  /** How many events and requests to keep; the oldest are dropped. @default 10,000 with a page, otherwise all */
  keepCount?: number
  /** A file to append each answered request to, as a line of JSON without credentials. @default none */
  record?: string
  /** A recorded file to start with. @default none */
  replay?: string
  /** A plan from `definePlan` of analytics-edge/plan. The page and `log` show events that violate it. @default none */
  plan?: TrackingPlan
}

export const MAX_PORT = 65_535
export const MAX_KEEP_COUNT = 10_000_000

const list = v.message(v.array(v.unknown()), 'must be an array')

const OPTIONS = closedObject({
  port: v.optional(integerFrom(0, MAX_PORT)),
  host: v.optional(
    v.message(
      v.pipe(
        v.string(),
        v.check((host: string) => isLoopback(host)),
      ),
      ({ received }) => `must be a loopback address or localhost, not ${received.replaceAll('"', "'")}`,
    ),
  ),
  writeKeys: v.optional(textList),
  onEvent: v.optional(v.message(v.function(), 'must be a function')),
  log: v.optional(flag),
  // Each of them is checked by itself when it is added, and so are the clients.
  faults: v.optional(list),
  oauth: v.optional(
    closedObject({
      clients: v.optional(list),
      tokenLifeSeconds: v.optional(lifeSeconds),
      clockSkewMs: v.optional(finiteNumber),
      audience: v.optional(text),
    } satisfies Record<keyof OAuthOptions, v.GenericSchema>),
  ),
  page: v.optional(flag),
  keepCount: v.optional(integerFrom(1, MAX_KEEP_COUNT)),
  record: v.optional(text),
  replay: v.optional(text),
  plan: v.optional(v.custom<TrackingPlan>(isTrackingPlan, 'must be a plan, as definePlan returns it')),
} satisfies Record<keyof CollectorOptions, v.GenericSchema>)

/** @throws TypeError that names the option and what is allowed */
export function validateOptions(options: unknown): void {
  validate(OPTIONS, options, (field, rule) => `${field || 'options'}: ${rule}`)
}
