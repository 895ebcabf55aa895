import type { Context } from './context.ts'
import { isThenable } from './lib/is-thenable.ts'
import { reportUserError } from './lib/report.ts'
import type { SegmentEvent } from './types.ts'

/** A request to the Tracking API, as the `http_request` event shows it: the credentials are replaced. */
export interface HTTPRequestEvent {
  url: string
  method: string
  headers: Record<string, string>
  body: string
}

/** An answer of the Tracking API, as the `http_response` event shows it. */
export interface HTTPResponseEvent {
  url: string
  status: number
  statusText: string
  headers: Record<string, string>
  body: string
}

/** What the `error` event carries: one undelivered event, and why. */
export interface EmittedError {
  code: 'delivery_failure'
  /** A DeliveryError. */
  reason: unknown
  ctx: Context
}

/** The events of a client, and the arguments of their listeners. */
export interface AnalyticsEvents {
  track: [ctx: Context]
  identify: [ctx: Context]
  page: [ctx: Context]
  screen: [ctx: Context]
  group: [ctx: Context]
  alias: [ctx: Context]
  error: [error: EmittedError]
  http_request: [request: HTTPRequestEvent]
  http_response: [response: HTTPResponseEvent]
  call_after_close: [event: SegmentEvent]
  drained: []
}

export type Listener<Name extends keyof AnalyticsEvents> = (...args: AnalyticsEvents[Name]) => unknown

/** A typed event emitter. A listener that throws or rejects is reported and harms nobody else. */
export class Emitter {
  readonly #listeners = new Map<string, Set<(...args: never[]) => unknown>>()

  on<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): void {
    const listeners = this.#listeners.get(name)
    if (listeners) listeners.add(listener)
    else this.#listeners.set(name, new Set([listener]))
  }

  once<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): void {
    const listenOnce: Listener<Name> = (...args) => {
      this.off(name, listenOnce)
      return listener(...args)
    }
    this.on(name, listenOnce)
  }

  off<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): void {
    this.#listeners.get(name)?.delete(listener)
  }

  has(name: keyof AnalyticsEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof AnalyticsEvents>(name: Name, ...args: AnalyticsEvents[Name]): void {
    const listeners = this.#listeners.get(name)
    if (!listeners) return
    // A copy, so that a listener may remove itself or add others meanwhile. The cast: `on` took only listeners that fit `name`.
    for (const listener of [...listeners] as Listener<Name>[]) {
      try {
        const returned = listener(...args)
        if (isThenable(returned)) returned.then(undefined, (error) => reportUserError(`a listener of '${name}'`, error))
      } catch (error) {
        reportUserError(`a listener of '${name}'`, error)
      }
    }
  }
}
