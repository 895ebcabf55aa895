import { contain } from '../lib/contain.ts'
import type { Reporter } from '../lib/reporter.ts'
import type { AnalyticsSettings } from '../settings/settings.ts'
import type { SegmentEvent } from '../types.ts'
import type { Context } from './context.ts'

/** A request to the Tracking API, as the `http_request` event shows it: without credentials, unless `redactCredentials` is `false`. */
export interface HTTPRequestEvent {
  url: string
  method: string
  headers: Record<string, string>
  body: string
}

/** A response of the Tracking API, as the `http_response` event shows it. */
export interface HTTPResponseEvent {
  url: string
  status: number
  statusText: string
  headers: Record<string, string>
  body: string
}

/** The argument of an `error` listener. */
export interface EmittedError {
  /** `delivery_failure`: one event was not delivered. `plugin_failure`: a plugin did not load or unload. */
  code: 'delivery_failure' | 'plugin_failure'
  /** A DeliveryError. */
  reason: unknown
  /** The event, or the context of the plugin. */
  ctx: Context
}

/**
 * The events of a client, and the arguments of their listeners.
 *
 * @example
 * analytics.on('track', (ctx) => console.log('delivered', ctx.event.messageId))
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#event-emitter-interface | Segment's library: event emitter}
 */
export interface AnalyticsEvents {
  /** A client was constructed. Its settings come without secrets, at the end of the tick. */
  initialize: [settings: AnalyticsSettings]
  /** Plugins were registered. */
  register: [pluginNames: string[]]
  /** Plugins were deregistered. */
  deregister: [pluginNames: string[]]
  /** A track event was delivered. The events below report the other types. */
  track: [ctx: Context]
  identify: [ctx: Context]
  page: [ctx: Context]
  screen: [ctx: Context]
  group: [ctx: Context]
  alias: [ctx: Context]
  /** An event failed, or a plugin did not load or unload. */
  error: [error: EmittedError]
  /** A request is about to be sent. */
  http_request: [request: HTTPRequestEvent]
  /** A response has arrived, and its body has been read. */
  http_response: [response: HTTPResponseEvent]
  /** A call came after `closeAndFlush()`. Its event fails with `ERR_CLOSED`. */
  call_after_close: [event: SegmentEvent]
  /** The last pending event was settled. */
  drained: []
}

export type Listener<Name extends keyof AnalyticsEvents> = (...args: AnalyticsEvents[Name]) => unknown

interface Registration {
  readonly listener: (...args: never[]) => unknown
  readonly isOnce: boolean
}

/** More listeners than this for one name usually means that one is added per request by mistake. */
const MAX_EXPECTED_LISTENERS = 10

/** A typed event emitter. A listener that throws or rejects is reported and affects nothing else. */
export class Emitter {
  readonly #reporter: Reporter
  /** The `this` of listeners, as in Segment's library. */
  subject: unknown
  readonly #registrations = new Map<string, Registration[]>()

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  on<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>, isOnce = false): void {
    const list = this.#list(name)
    list.push({ listener, isOnce })
    this.#registrations.set(name, list)
    if (list.length === MAX_EXPECTED_LISTENERS + 1) {
      const count = `${list.length} listeners of '${name}'`
      this.#reporter.warn(
        `${count} have been added: is one added with each request? Add them once, or remove them with off()`,
      )
    }
  }

  once<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): void {
    this.on(name, listener, true)
  }

  /** Removes a listener, even one added with `once`; if it was added several times, the first. */
  off<Name extends keyof AnalyticsEvents>(name: Name, listener: Listener<Name>): void {
    this.#remove(
      name,
      this.#list(name).find((registration) => registration.listener === listener),
    )
  }

  has(name: keyof AnalyticsEvents): boolean {
    return this.#registrations.has(name)
  }

  /** Calls the listeners registered now. Returns whether there were any. */
  emit<Name extends keyof AnalyticsEvents>(name: Name, ...args: AnalyticsEvents[Name]): boolean {
    const list = [...this.#list(name)]
    for (const registration of list) {
      if (registration.isOnce) this.#remove(name, registration)
      // The cast: `on` only accepted listeners that fit `name`.
      const listener = registration.listener as Listener<Name>
      contain(
        () => listener.apply(this.subject, args),
        (error) => this.#reporter.userError(`a listener of '${name}'`, error),
      )
    }
    return list.length > 0
  }

  #list(name: string): Registration[] {
    return this.#registrations.get(name) ?? []
  }

  #remove(name: string, leaving: Registration | undefined): void {
    const staying = this.#list(name).filter((registration) => registration !== leaving)
    if (staying.length > 0) this.#registrations.set(name, staying)
    else this.#registrations.delete(name)
  }
}
