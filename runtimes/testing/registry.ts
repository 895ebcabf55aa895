import type { AnalyticsEvents, HTTPClient, HTTPClientRequest, HTTPResponse } from '../../src/index.ts'
import type { Capture, CapturedEvent } from '../../src/kit/index.ts'

/** Where a client and its scopes report; each client has its own. */
export interface Emitter {
  has(name: keyof AnalyticsEvents): boolean
}

export interface Queue {
  readonly pendingCount: number
  flushSoon(): void
}

/** What a capture does with its events, and with the clients that it watches. */
export interface Watcher {
  watches(emitter: Emitter): boolean
  accept(queue: Queue, event: CapturedEvent): void
  /** Whether it has accepted the event, which has no outcome yet. */
  isOpen(event: CapturedEvent): boolean
  conclude(event: CapturedEvent): boolean
  /** Records a request. Returns a function to call with the status of its response. */
  send(events: readonly CapturedEvent[]): (status: number) => void
  /** Whether the test has said how it answers. */
  readonly hasAnswers: boolean
  answer(request: HTTPClientRequest): Promise<HTTPResponse>
}

interface Registry extends Capture<HTTPClient> {
  readonly watchers: Set<Watcher>
}

/** As in src/lib/capture.ts: the core asks here, whichever copy of the package it is. */
const CAPTURE = Symbol.for('analytics-edge.capture')
const host = globalThis as { [CAPTURE]?: Registry }

/** Receives the events of the core until the returned function is called. */
export function watch(watcher: Watcher): () => void {
  host[CAPTURE] ??= createRegistry()
  const registry = host[CAPTURE]
  registry.watchers.add(watcher)
  return () => {
    registry.watchers.delete(watcher)
    if (registry.watchers.size === 0 && host[CAPTURE] === registry) delete host[CAPTURE]
  }
}

function createRegistry(): Registry {
  const watchers = new Set<Watcher>()
  // The cast: the core gives it an emitter.
  const listFor = (emitter: object) => [...watchers].filter((watcher) => watcher.watches(emitter as Emitter))
  return {
    watchers,
    accept(queue, emitter, event) {
      for (const watcher of listFor(emitter)) watcher.accept(queue, event)
    },
    conclude(event) {
      let isCaptured = false
      for (const watcher of watchers) if (watcher.conclude(event)) isCaptured = true
      return isCaptured
    },
    findTransport(emitter, events) {
      const watching = listFor(emitter)
      return watching.length > 0 ? createTransport(watching, events) : createDrain([...watchers], events)
    },
  }
}

/** Every capture sees the request; the latest whose test has said how it answers does so. */
function createTransport(watching: readonly Watcher[], events: readonly CapturedEvent[]): HTTPClient {
  return {
    async makeRequest(request) {
      const notes = watching.map((watcher) => watcher.send(events))
      const latestFirst = [...watching].reverse()
      const answering = latestFirst.find(({ hasAnswers }) => hasAnswers) ?? latestFirst[0]
      const response = (await answering?.answer(request)) ?? { status: 200, statusText: '' }
      for (const note of notes) note(response.status)
      return response
    },
  }
}

/** Accepts what was captured before `restore()`: it must not reach the network. */
function createDrain(watchers: readonly Watcher[], events: readonly CapturedEvent[]): HTTPClient | undefined {
  const captured = events.filter((event) => watchers.some((watcher) => watcher.isOpen(event)))
  if (captured.length === 0) return undefined
  // With 413, the client sends the halves: the later events reach the network after all.
  const status = captured.length === events.length ? 200 : 413
  return { makeRequest: async () => ({ status, statusText: '' }) }
}
