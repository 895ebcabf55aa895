import {
  type AnalyticsSettings,
  type AnyCalls,
  Analytics as Client,
  type IdentityOptions,
  type OptionalIdentity,
  type Scope,
  type ScopeOptions,
} from '../../src/index.ts'
import { findRequest, type HostRequest } from './find-request.ts'
import type { After } from './types.ts'

type RequestScope<Calls extends AnyCalls = AnyCalls> = Scope<OptionalIdentity, Calls>

/** Turns of the microtask queue in a tick, so that a component that awaits available values stays in it. */
const TICK_TURNS = 64

/** The scope of one tick, for hosts without a request object. Several requests may share it. */
interface Tick<Calls extends AnyCalls> {
  readonly scope: RequestScope<Calls>
  /** Resolves when everything tracked in the tick is delivered or has failed. */
  readonly work: Promise<unknown>[]
  /** The request that called last. */
  request: HostRequest
}

/**
 * A client whose calls are bound to their request. Under a wrapper, they join its scope. Elsewhere, each
 * request gets its own scope on its first call; if the host has no request object, each tick gets one, and every
 * request that uses it keeps its host waiting until that scope's events are settled. Outside requests, it is a regular
 * client.
 */
export class RequestAnalytics<
  Identity extends OptionalIdentity = IdentityOptions,
  Calls extends AnyCalls = AnyCalls,
> extends Client<Identity, Calls> {
  readonly #options: ScopeOptions
  readonly #after: After | undefined
  readonly #scopes = new WeakMap<object, RequestScope<Calls>>()
  #tick: Tick<Calls> | undefined

  constructor(settings: AnalyticsSettings<Calls>, options: ScopeOptions = {}, after?: After) {
    super(settings, options)
    this.#options = options
    this.#after = after
  }

  override current(): RequestScope<Calls> {
    const current = super.current()
    const request = current === this ? this.#findRequest() : undefined
    if (!request) return current
    return request.key ? this.#scopeOf(request.key, request) : this.#scopeOfTick(request)
  }

  override scope(options: ScopeOptions & ({ userId: string } | { anonymousId: string })): Scope<OptionalIdentity, Calls>
  override scope(options?: ScopeOptions): Scope<IdentityOptions, Calls>
  override scope(options: ScopeOptions = {}): Scope<OptionalIdentity, Calls> {
    // The inherited scope may be that of a tick, which other requests share.
    const isUnbound = options !== null && options.waitUntil === undefined && super.current() === this
    const waitUntil = isUnbound ? this.#findRequest()?.waitUntil : undefined
    return super.scope(waitUntil ? { ...options, waitUntil } : options)
  }

  #findRequest(): HostRequest | undefined {
    return this.#options.waitUntil ? undefined : findRequest(undefined, this.#after)
  }

  #scopeOf(key: object, { waitUntil }: HostRequest): RequestScope<Calls> {
    const scope = this.#scopes.get(key) ?? this.#open(waitUntil)
    this.#scopes.set(key, scope)
    return scope
  }

  #scopeOfTick(request: HostRequest): RequestScope<Calls> {
    const tick = this.#tick
    if (!tick) return this.#openTick(request)
    try {
      // This call's events may travel with earlier pending ones.
      for (const promise of tick.work) request.waitUntil(promise)
    } catch {
      // In a separate scope, whose queue reports the problem.
      return this.#openTick(request)
    }
    tick.request = request
    return tick.scope
  }

  #openTick(request: HostRequest): RequestScope<Calls> {
    const work: Promise<unknown>[] = []
    const scope = this.#open((promise) => {
      work.push(promise)
      tick.request.waitUntil(promise)
    })
    const tick = { scope, work, request }
    this.#tick = tick
    void this.#closeTick(tick)
    return scope
  }

  async #closeTick(tick: Tick<Calls>): Promise<void> {
    for (let turn = 0; turn < TICK_TURNS; turn++) await undefined
    if (this.#tick === tick) this.#tick = undefined
  }

  #open(waitUntil: After): RequestScope<Calls> {
    return super.scope({ waitUntil, timeout: this.#options.timeout })
  }
}
