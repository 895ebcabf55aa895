import type { AddressInfo } from 'node:net'
import { AuthServer, type OAuthClient, type OAuthOptions } from './auth-server.ts'
import type { Fault } from './fault.ts'
import { FaultList } from './fault-list.ts'
import { formatEvent, formatFinding, formatRejected } from './format.ts'
import { isLoopback } from './guard.ts'
import { Journal } from './journal.ts'
import { createLive } from './live.ts'
import { createRecorder } from './recorder.ts'
import { replay } from './replay.ts'
import { createServer } from './server.ts'
import { type Filter, type ReceivedEvent, type RequestRecord, Store } from './store.ts'
import { createPlanCheck, type PlanCheck } from './tracking-plan/check-plan.ts'
import type { TrackingPlan } from './tracking-plan/plan.ts'

export type { OAuthClient, OAuthOptions } from './auth-server.ts'
export type { Fault } from './fault.ts'
export type { EventType } from './shapes.ts'
export type { Filter, ReceivedEvent, RequestRecord } from './store.ts'
export type { TrackingPlan } from './tracking-plan/plan.ts'

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

/** If their number is limited, the total size of events and requests is limited as well. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024
const DEFAULT_KEEP_COUNT = 10_000

export interface Collector {
  /** `http://127.0.0.1:4010`, without a trailing slash. */
  readonly url: string
  readonly port: number
  events(filter?: Filter): ReceivedEvent[]
  /** Rows are live: a `pending` one is completed when its request is answered. */
  requests(filter?: Filter): RequestRecord[]
  /** Adds a fault; the returned function removes it. @throws TypeError if it is invalid */
  fail(fault: Fault): () => void
  /** Registers an OAuth app, or changes one. @throws TypeError if it is invalid */
  registerClient(client: OAuthClient): Promise<void>
  /** Revokes the tokens of one OAuth app, or all; returns their number. */
  revokeTokens(clientId?: string): number
  /** Removes events, requests, known message ids and added faults; with a filter, those of one key. */
  clear(filter?: Filter): void
  /** Closes every connection at once, including those that hang. */
  close(): Promise<void>
}

/**
 * Starts a local Tracking API that is as strict as Segment's.
 *
 * @throws RangeError if the host is not a loopback address, Error if the port is taken or a file cannot be read or written
 */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { port = 0, host = '127.0.0.1', writeKeys, onEvent, log = false } = options
  if (!isLoopback(host)) throw new RangeError(`host must be a loopback address or localhost, not '${host}'`)
  const { store, journal, limits } = createMemory(options)
  const faults = new FaultList(options.faults, () => live?.showFaults())
  const live = journal && createLive(journal, limits, () => faults.list())
  const authServer = new AuthServer(options.oauth)
  for (const client of options.oauth?.clients ?? []) await authServer.register(client)
  if (options.replay !== undefined) await replay(options.replay, store, journal)
  const recorder = options.record === undefined ? undefined : await createRecorder(options.record)
  const clear = (filter: Filter = {}): void => {
    store.clear(filter)
    journal?.clear(filter)
  }
  const app = createServer({
    store,
    faults,
    authServer,
    clear,
    ...(live && { live }),
    ...(writeKeys !== undefined && { writeKeys }),
    onEvent: (event) => {
      if (log) console.log(formatEvent(event))
      tell(onEvent, event)
    },
    onRejected: (row) => {
      if (log) console.log(formatRejected(row))
    },
    onArrival: (arrival) => {
      journal?.add(arrival)
      recorder?.add(arrival)
    },
    onChange: (row) => {
      journal?.update(row)
      recorder?.update(row)
    },
  })
  const url = await app.listen({ port, host })
  return {
    url,
    // The cast: a server that listens on TCP has an AddressInfo; a string is for pipes.
    port: (app.server.address() as AddressInfo).port,
    events: (filter) => store.events(filter),
    requests: (filter) => store.requests(filter),
    fail: (fault) => {
      const id = faults.add(fault)
      return () => void faults.remove(id)
    },
    registerClient: (client) => authServer.register(client),
    revokeTokens: (clientId) => authServer.revoke(clientId),
    clear: (filter) => {
      clear(filter)
      faults.clear(filter?.writeKey)
    },
    close: async () => {
      live?.close()
      await app.close()
      await recorder?.close()
    },
  }
}

interface Memory {
  readonly store: Store
  readonly journal: Journal | undefined
  readonly limits: { readonly maxCount: number; readonly maxBytes: number }
}

function createMemory({ page = false, keepCount, plan, log = false }: CollectorOptions): Memory {
  const isLimited = page || keepCount !== undefined
  const limits = { maxCount: keepCount ?? DEFAULT_KEEP_COUNT, maxBytes: MAX_KEPT_BYTES }
  const check = plan && createPlanCheck(plan)
  const journal = page ? new Journal(limits, check && log ? logFindings(check) : check) : undefined
  return { store: new Store(isLimited ? limits : {}), journal, limits }
}

function logFindings(check: PlanCheck): PlanCheck {
  return (type, event) => {
    const found = check(type, event)
    void Promise.resolve(found).then((findings) => {
      for (const finding of findings) console.log(formatFinding(finding))
    })
    return found
  }
}

/** A listener that throws does not affect the response. */
function tell(onEvent: CollectorOptions['onEvent'], event: ReceivedEvent): void {
  try {
    onEvent?.(event)
  } catch (error) {
    console.error('onEvent threw:', error)
  }
}
