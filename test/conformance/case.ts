import type {
  Analytics,
  AnalyticsSettings,
  Delivery,
  DeliveryError,
  ScopeOptions,
  SegmentEvent,
} from '../../dist/index.js'
import { AssertionError, equal, ok, rejects } from './assert.ts'
import { type CollectorClient, createCollectorClient } from './collector-client.ts'

/** The built library: whatever a runtime's `import * as lib from 'analytics-edge'` gives. */
export type Library = typeof import('../../dist/index.js')

export type FromRequest = typeof import('../../dist/request.js').fromRequest

export interface Tools {
  readonly lib: Library
  readonly fromRequest: FromRequest
  readonly collector: CollectorClient
  /** What the library must find out about the runtime that the case runs on. */
  readonly metadata: SegmentEvent['_metadata']
  /** A client that posts to the collector. It sends late unless asked to, so that a case that waited would not end. */
  createClient(settings?: Partial<AnalyticsSettings>, options?: ScopeOptions): Analytics
}

export interface Case {
  readonly name: string
  run(tools: Tools): Promise<void> | void
}

export interface RunOptions {
  readonly lib: Library
  readonly fromRequest: FromRequest
  readonly collectorUrl: string
  readonly metadata: SegmentEvent['_metadata']
}

/** Runs a case with its own write key, so that it does not see other cases. */
export async function runCase({ run }: Case, { lib, fromRequest, collectorUrl, metadata }: RunOptions): Promise<void> {
  const collector = createCollectorClient(collectorUrl, `wk_${crypto.randomUUID()}`)
  const createClient: Tools['createClient'] = (settings, options) => {
    const own = { writeKey: collector.writeKey, host: collectorUrl, flushInterval: 600_000 }
    return new lib.Analytics({ ...own, ...settings }, options)
  }
  await endInTime(async () => run({ lib, fromRequest, collector, metadata, createClient }))
}

async function endInTime(act: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    const error = new AssertionError(`the case has not ended after ${CASE_MS} ms`)
    timer = setTimeout(() => reject(error), CASE_MS)
  })
  try {
    await Promise.race([act(), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Not every runner has its own limit. */
const CASE_MS = 30_000

/** Far more than anything takes that works, far less than whatever else would end a wait. */
export const LONG_MS = 20_000

/** The events that arrived, each of them fit for Segment and there for the first time. */
export async function receivedEvents(collector: CollectorClient): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = await collector.events()
  for (const { event, problems, duplicate } of rows) {
    equal(problems, [], `problems of ${JSON.stringify(event)}`)
    equal(duplicate, false, `duplicate of ${JSON.stringify(event)}`)
  }
  return rows.map(({ event }) => event)
}

/** The names of the tracks that arrived. */
export async function receivedNames(collector: CollectorClient): Promise<unknown[]> {
  return (await receivedEvents(collector)).map(({ event }) => event)
}

/** Why an event is not delivered; its Outcome has the same, as plain data. */
export async function failureOf(lib: Library, delivery: Delivery): Promise<DeliveryError> {
  const reason = toFailure(lib, await rejects(delivery.orThrow(), 'orThrow()'))
  const { status, error } = await delivery
  const { code, message } = reason
  const expected = reason.status === undefined ? { code, message } : { code, message, status: reason.status }
  equal([status, error], ['failed', expected], 'the outcome')
  return reason
}

/** What a callback or a context has as the reason. */
export function toFailure({ DeliveryError }: Library, reason: unknown): DeliveryError {
  ok(reason instanceof DeliveryError, `the failure is ${String(reason)}, not a DeliveryError`)
  return reason
}

export async function waitFor(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + LONG_MS
  while (!(await isTrue())) {
    if (Date.now() > endMs) throw new AssertionError(`waited in vain: ${what}`)
    await pause(10)
  }
}

/** A promise that the case itself ends. */
export function createGate(): { promise: Promise<void>; open: () => void } {
  let open = () => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

/** A host's waitUntil that remembers what it was given. */
export function createHost() {
  const promises: Promise<unknown>[] = []
  return { promises, waitUntil: (promise: Promise<unknown>) => void promises.push(promise) }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
