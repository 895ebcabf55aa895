import { vi } from 'vitest'
import type { Collector, RequestRecord } from '../../collector/index.ts'
import { DeliveryError, type HTTPFetchFn, type HTTPResponse } from '../../src/index.ts'

/** Milliseconds between a request and the one before it, as the collector got them. */
export function gapsMs(collector: Collector): number[] {
  const times = collector.requests().map(({ at }) => Date.parse(at))
  return times.slice(1).map((atMs, index) => atMs - Number(times[index]))
}

/** The requests in which the collector got this event. */
export function requestsWith(collector: Collector, messageId: string): RequestRecord[] {
  return collector.requests().filter(({ messageIds }) => messageIds.includes(messageId))
}

/** Every jitter is nearly its most, so that a back-off takes what it may take. */
export function useFullJitter(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
}

/** The reason as the error that it must be. */
export function asDeliveryError(reason: unknown): DeliveryError {
  if (reason instanceof DeliveryError) return reason
  throw new Error(`no DeliveryError: ${String(reason)}`)
}

/** What a request's body holds of each event. */
export type SentEvent = Record<string, unknown> & { event: string; messageId: string }

/**
 * A Tracking API that looks at the events: it answers with `refuse` where that gives a status, and is the collector otherwise.
 * `batches` are the names of the events in each request, in the order in which they came.
 */
export function createPickyFetch(refuse: (events: SentEvent[]) => number | undefined): {
  httpClient: HTTPFetchFn
  batches: string[][]
} {
  const batches: string[][] = []
  const httpClient = async (...[url, init]: Parameters<HTTPFetchFn>): Promise<HTTPResponse> => {
    // The cast: the SDK has just written this body, and other tests hold it to its shape.
    const { batch } = JSON.parse(init.body) as { batch: SentEvent[] }
    batches.push(batch.map(({ event }) => event))
    const status = refuse(batch)
    return status === undefined ? fetch(url, init) : { status, statusText: 'Refused' }
  }
  return { httpClient, batches }
}
