import type { AnalyticsEvents, HTTPClient } from '../../src/index.ts'
import type { Capture, CapturedEvent } from '../../src/kit/index.ts'

/** Where a client and its scopes report; each client has its own. */
export interface Emitter {
  has(name: string | symbol): boolean
  on<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => unknown): void
  off<Name extends keyof AnalyticsEvents>(name: Name, listener: (...args: AnalyticsEvents[Name]) => unknown): void
}

export interface Queue {
  readonly pendingCount: number
  flushSoon(): void
}

/** What a capture does with the clients that are its own. */
export interface Watcher {
  readonly transport: HTTPClient
  watches(emitter: Emitter): boolean
  accept(queue: Queue, emitter: Emitter, event: CapturedEvent): void
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
  // The casts: the core gives it an emitter.
  const listFor = (emitter: object) => [...watchers].filter((watcher) => watcher.watches(emitter as Emitter))
  return {
    watchers,
    accept(queue, emitter, event) {
      for (const watcher of listFor(emitter)) watcher.accept(queue, emitter as Emitter, event)
    },
    // The latest one answers.
    findTransport: (emitter) => listFor(emitter).at(-1)?.transport,
  }
}
