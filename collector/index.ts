import type { AddressInfo } from 'node:net'
import { AuthServer, type OAuthClient } from './auth-server.ts'
import type { Fault } from './fault.ts'
import { FaultList } from './fault-list.ts'
import { formatEvent, formatFinding, formatRejected } from './format.ts'
import { Journal } from './journal.ts'
import { createLive } from './live.ts'
import { type CollectorOptions, validateOptions } from './options.ts'
import { createRecorder } from './recorder.ts'
import { replay } from './replay.ts'
import { createServer } from './server.ts'
import { type Filter, type ReceivedEvent, type RequestRecord, Store } from './store.ts'
import { describeThrown } from './thrown.ts'
import { createPlanCheck, type PlanCheck } from './tracking-plan/check-plan.ts'

export type { OAuthClient, OAuthOptions } from './auth-server.ts'
export type { Fault } from './fault.ts'
export type { CollectorOptions } from './options.ts'
export type { EventType } from './shapes.ts'
export type { Filter, ReceivedEvent, RequestRecord } from './store.ts'
export type { TrackingPlan } from './tracking-plan/plan.ts'

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
  /**
   * Adds a fault; the returned function removes it, and ends what it holds back: a connection that hangs is closed, a
   * delayed answer is sent.
   *
   * @throws TypeError if it is invalid
   */
  fail(fault: Fault): () => void
  /** Registers an OAuth app, or changes one. @throws TypeError if it is invalid */
  registerClient(client: OAuthClient): Promise<void>
  /** Revokes the tokens of one OAuth app, or all; returns their number. */
  revokeTokens(clientId?: string): number
  /**
   * Removes events, requests, known message ids and added faults; with a filter, those of one key or OAuth app. An event
   * that is sent again afterwards is a new one.
   */
  clear(filter?: Filter): void
  /** Closes every connection at once, including those that hang. */
  close(): Promise<void>
}

/**
 * Starts a local Tracking API that is as strict as Segment's.
 *
 * @throws TypeError that names a wrong option, Error if the port is taken or a file cannot be read or written
 */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  validateOptions(options)
  const { port = 0, host = '127.0.0.1', writeKeys, onEvent, log = false } = options
  const checkPlan = options.plan && createPlanCheck(options.plan)
  const { store, journal, limits } = createMemory(options, checkPlan)
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
      if (log && checkPlan) void logFindings(checkPlan(event.type, event.event))
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
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    live?.close()
    await app.close()
    await recorder?.close()
  }
  const url = await app.listen({ port, host }).catch(async (error: unknown) => {
    await close()
    throw error
  })
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
      faults.clear(filter)
    },
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

interface Memory {
  readonly store: Store
  readonly journal: Journal | undefined
  readonly limits: { readonly maxCount: number; readonly maxBytes: number }
}

function createMemory({ page = false, keepCount }: CollectorOptions, checkPlan: PlanCheck | undefined): Memory {
  const isLimited = page || keepCount !== undefined
  const limits = { maxCount: keepCount ?? DEFAULT_KEEP_COUNT, maxBytes: MAX_KEPT_BYTES }
  const journal = page ? new Journal(limits, checkPlan) : undefined
  return { store: new Store(isLimited ? limits : {}), journal, limits }
}

async function logFindings(found: ReturnType<PlanCheck>): Promise<void> {
  const findings = 'then' in found ? await found : found
  for (const finding of findings) console.log(formatFinding(finding))
}

/** A listener that throws, rejects or changes the event does not affect what is stored and answered. */
function tell(onEvent: CollectorOptions['onEvent'], event: ReceivedEvent): void {
  if (onEvent === undefined) return
  const report = (error: unknown) => {
    try {
      console.error('onEvent threw:', error)
    } catch {
      console.error(`onEvent threw: ${describeThrown(error)}`)
    }
  }
  try {
    // A function that returns a promise is accepted where none is expected.
    void Promise.resolve(onEvent(structuredClone(event))).catch(report)
  } catch (error) {
    report(error)
  }
}
