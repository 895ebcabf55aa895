import { expect, vi } from 'vitest'
import {
  Analytics,
  Context,
  type Delivery,
  type DeliveryError,
  type FlushParams,
  type FlushResult,
  type HandedEvent,
  type Scope,
  type SegmentEvent,
} from '../../src/index.ts'
import { EVENT_TYPES } from '../../src/lib/event-types.ts'
import { Endpoint, REJECTED } from './endpoint.ts'
import { countPauses, forgetPauses, PAUSE_MS, pause } from './pause.ts'
import type { CallbackKind, Deed, PluginSpec, Poison, Program, Step } from './program.ts'
import { type ClientDeeds, createPlugin, namePlugin, spoil } from './program-plugins.ts'

type OutcomeName = 'delivered' | 'failed' | 'handedOver'
type Notifier = 'delivery' | 'callback' | 'emitter'

/** What is known of one accepted call. */
interface Call {
  /** Of the client that it was made on. */
  index: number
  hasCallback: boolean
  isPoison: boolean
  reported: Record<Notifier, OutcomeName[]>
}

/** Events that user code may track by itself: without a limit, a listener that tracks would never end. */
const MAX_INNER_CALLS = 30

/** Longer than any flush: what waits for a callback that never ends is over by then. */
const LONGEST_FLUSH_MS = 80_000

const PLAIN_PLUGIN: PluginSpec = { type: 'enrichment', hook: 'sync', load: 'none', unload: 'none' }

/** Runs a program on the fake clock, checking the accounts at each step and all that must be true at the end. */
export async function runProgram(program: Program): Promise<void> {
  // What a failed program has left behind is not the next one's fault.
  vi.clearAllTimers()
  forgetPauses()
  for (const name of ['warn', 'error'] as const) {
    vi.mocked(console[name]).mockImplementation(() => {
      if (program.console === 'throws') throw new Error('a console that throws')
    })
  }
  const run = new Run(program)
  for (const step of program.steps) {
    await run.step(step)
    run.checkAccounts()
  }
  await run.end()
}

class Run {
  readonly #endpoint: Endpoint
  readonly #clients: Scope[]
  readonly #calls = new Map<string, Call>()
  readonly #deliveries: { messageId: string; delivery: Delivery }[][] = [[]]
  /** The ids of events whose contexts may have lost them. */
  readonly #ids = new WeakMap<Context, string>()
  /** What each bound client has given to `waitUntil` and is not over. */
  readonly #bound = new Map<number, Set<Promise<unknown>>>()
  /** Flushes, registrations and the like: all of them end. */
  readonly #tasks: Promise<unknown>[] = []
  readonly #handOver: Program['handOver']
  readonly #offered = new Map<string, number>()
  readonly #queue: Program['queue']
  /** The ids that the queue has accepted. */
  readonly #queued = new Set<string>()
  readonly #settings: Program['settings']
  /** Whether user code of this program never ends. */
  readonly #hasEndless: boolean
  /** What went wrong at a place from which no exception comes back to the test. */
  readonly #faults: string[] = []
  #id = 0
  #innerCallCount = 0
  #pluginCount = 0

  constructor(program: Program) {
    const { settings, treatments, handOver, plugins, listeners } = program
    this.#hasEndless = /"never/.test(JSON.stringify(program))
    this.#endpoint = new Endpoint(treatments)
    this.#handOver = handOver
    this.#queue = program.queue
    this.#settings = settings
    const onUndelivered = handOver === 'none' ? undefined : (events: { messageId: string }[]) => this.#take(events)
    const root = new Analytics({
      writeKey: 'k',
      ...settings,
      httpClient: this.#endpoint,
      onUndelivered,
      handOver: program.queue && { to: { put: (events) => this.#put(events) }, when: program.queue.when },
    })
    this.#clients = [root]
    for (const type of EVENT_TYPES) root.on(type, (ctx) => this.#noteContext(ctx, 'emitter'))
    root.on('error', ({ code, ctx }) => code === 'delivery_failure' && this.#noteContext(ctx, 'emitter'))
    root.on('drained', () => {
      if (this.#countPending() > 0) this.#faults.push('drained was emitted while events were pending')
    })
    // Listeners that misbehave stand behind the ones that count.
    for (const deed of listeners) {
      root.on('track', (ctx) => this.#act(deed, 0, ctx))
      root.on('error', ({ ctx }) => this.#act(deed, 0, ctx))
      root.on('http_response', () => this.#act(deed, 0))
      root.on('drained', () => this.#act(deed, 0))
    }
    if (plugins.length > 0) this.#register(plugins)
  }

  get #root(): Analytics {
    // The first client is the root, by construction.
    return this.#clients[0] as Analytics
  }

  async step(step: Step): Promise<void> {
    const index = 'client' in step ? step.client % this.#clients.length : 0
    switch (step.kind) {
      case 'call':
        this.#call(index, EVENT_TYPES[step.type] ?? 'track', step.callback, step.poison)
        break
      case 'send':
        this.#send(index, step.plugins, step.poison)
        break
      case 'await':
        for (const { delivery } of this.#deliveries[index] ?? []) void delivery.then(() => {})
        break
      case 'flush':
        void this.#flush(index, { timeout: step.timeout })
        break
      case 'close':
        void this.#flush(index, { timeout: 5_000, close: true })
        break
      case 'open': {
        const waitUntil = this.#createWaitUntil(step.host, this.#clients.length)
        this.#clients.push(this.#root.scope({ waitUntil, timeout: step.timeout }))
        this.#deliveries.push([])
        break
      }
      case 'jump':
        vi.setSystemTime(Date.now() + step.ms)
        break
      case 'outage':
        this.#endpoint.breakDown(step.ms)
        break
      case 'register':
        this.#register([step.plugin])
        break
      case 'deregister':
        this.#deregister(step.index)
        break
      case 'pass':
        await vi.advanceTimersByTimeAsync(step.ms)
    }
  }

  #createWaitUntil(host: 'none' | 'waits' | 'throws', index: number) {
    if (host === 'none') return undefined
    if (host === 'throws') {
      return () => {
        throw new Error('a waitUntil that throws')
      }
    }
    const open = new Set<Promise<unknown>>()
    this.#bound.set(index, open)
    return (promise: Promise<unknown>) => {
      open.add(promise)
      void promise.then(() => open.delete(promise))
    }
  }

  #register(specs: readonly PluginSpec[]): Promise<unknown> {
    const plugins = specs.map((spec) => createPlugin(spec, this.#pluginCount++, this.#createDeeds(0)))
    const registered = this.#root.register(...plugins)
    this.#tasks.push(registered)
    return registered
  }

  #deregister(index: number): Promise<unknown> {
    const deregistered = this.#root.deregister(namePlugin(index % Math.max(1, this.#pluginCount)))
    this.#tasks.push(deregistered)
    return deregistered
  }

  /** A flush covers what is pending when it is called, all of that, and nothing else. */
  #flush(index: number, params: FlushParams): Promise<unknown> {
    const client = this.#clients[index] ?? this.#root
    const covered = [...this.#calls.values()].filter(
      (call) => (call.index === index || client === this.#root) && !isReported(call),
    )
    const check = ({ delivered, failed, handedOver = 0 }: FlushResult) => {
      const openCount = covered.filter((call) => !isReported(call)).length
      const count = delivered + failed + handedOver
      if (openCount > 0) this.#faults.push(`a flush ended with ${openCount} of its events open`)
      if (count !== covered.length) this.#faults.push(`a flush counted ${count} events of ${covered.length}`)
    }
    const flushed = client.flush(params).then(check)
    this.#tasks.push(flushed)
    return flushed
  }

  #call(index: number, type: (typeof EVENT_TYPES)[number], callbackKind: CallbackKind, poison: Poison): void {
    const messageId = `m${this.#id++}`
    const params = { ...createFields(messageId, poison), timestamp: poison === 'invalid' ? 'yesterday' : undefined }
    const callback = callbackKind === 'none' ? undefined : this.#createCallback(messageId, index, callbackKind)
    this.#accept(messageId, index, poison, callback !== undefined, (client) =>
      ({
        track: () => client.track({ ...params, event: 'E' }, callback),
        identify: () => client.identify(params, callback),
        page: () => client.page(params, callback),
        screen: () => client.screen(params, callback),
        group: () => client.group({ ...params, groupId: 'g' }, callback),
        alias: () => client.alias({ ...params, previousId: 'p' }, callback),
      })[type](),
    )
  }

  #send(index: number, plugins: boolean, poison: Poison): void {
    const messageId = `m${this.#id++}`
    const event = {
      ...createFields(messageId, poison),
      type: 'track',
      event: 'E',
      timestamp: '2020-01-01T00:00:00.000Z',
    }
    // The cast: what a queue or a file has kept of an event.
    this.#accept(messageId, index, poison, false, (client) =>
      client.send(event as unknown as SegmentEvent, { plugins }),
    )
  }

  #accept(
    messageId: string,
    index: number,
    poison: Poison,
    hasCallback: boolean,
    act: (client: Scope) => Delivery,
  ): void {
    const isPoison = poison === 'large' || poison === 'circular' || poison === 'invalid'
    this.#calls.set(messageId, { index, hasCallback, isPoison, reported: { delivery: [], callback: [], emitter: [] } })
    let isLate = false
    const noteLate = (event: { messageId: string }) => {
      isLate ||= event.messageId === messageId
    }
    this.#root.on('call_after_close', noteLate)
    const delivery = act(this.#clients[index] ?? this.#root)
    this.#root.off('call_after_close', noteLate)

    // A call after the close is not accepted: it is reported by call_after_close, not as an outcome.
    if (isLate) this.#calls.delete(messageId)
    else this.#deliveries[index]?.push({ messageId, delivery })
  }

  #createCallback(messageId: string, index: number, kind: Deed) {
    return (error?: unknown, ctx?: Context) => {
      if (!ctx) return this.#faults.push('a callback was given no context')
      if (readFailure(ctx)?.reason !== error) this.#faults.push('a callback was given two reasons')
      this.#ids.set(ctx, messageId)
      this.#noteContext(ctx, 'callback')
      return this.#act(kind, index, ctx)
    }
  }

  /** What callbacks, listeners and `onUndelivered` do. */
  #act(deed: Deed, index: number, ctx?: Context): unknown {
    const deeds = this.#createDeeds(index)
    switch (deed) {
      case 'plain':
        return undefined
      case 'throw':
        throw new Error('user code that throws')
      case 'reject':
        return Promise.reject(new Error('user code that rejects'))
      case 'slow':
        return pause()
      case 'never':
        return new Promise(() => {})
      case 'erase':
      case 'strip':
      case 'break':
        return ctx && spoil(ctx, deed)
      case 'close':
        return this.#flush(index, { timeout: 3_000, close: true })
      default:
        return deeds[deed]()
    }
  }

  #createDeeds(index: number): ClientDeeds {
    const isAllowed = () => this.#innerCallCount++ < MAX_INNER_CALLS
    return {
      track: () => isAllowed() && this.#call(index, 'track', 'plain', 'none'),
      flush: () => this.#flush(index, { timeout: 3_000 }),
      register: () => isAllowed() && this.#register([PLAIN_PLUGIN]),
      deregister: () => isAllowed() && this.#deregister(this.#innerCallCount),
    }
  }

  #noteContext(ctx: Context, notifier: Notifier): void {
    const messageId = this.#ids.get(ctx) ?? ctx.event.messageId
    this.#ids.set(ctx, messageId)
    const failure = readFailure(ctx)
    // The SDK's reasons are DeliveryErrors; the type of the field is the reference's.
    const code = (failure?.reason as DeliveryError | undefined)?.code
    const good = this.#queued.has(messageId) ? 'handedOver' : 'delivered'
    this.#note(messageId, notifier, !failure ? good : code === 'ERR_HANDED_OVER' ? 'handedOver' : 'failed')
  }

  #note(messageId: string, notifier: Notifier, outcome: OutcomeName): void {
    this.#calls.get(messageId)?.reported[notifier].push(outcome)
  }

  #take(events: { messageId: string }[]): unknown {
    for (const { messageId } of events) this.#offered.set(messageId, (this.#offered.get(messageId) ?? 0) + 1)
    // What it was given is its own: it may do with it as it likes.
    for (const event of events) Object.assign(event, { messageId: undefined, type: undefined })
    return this.#act(this.#handOver === 'none' ? 'plain' : this.#handOver, 0)
  }

  /** The queue: what it accepts late, it accepts a moment after the promise or never. */
  #put(events: readonly HandedEvent[]): unknown {
    const { accepts, deed } = this.#queue ?? { accepts: 'none', deed: 'plain' }
    const acceptSome = () => {
      for (const [index, { json, accept }] of events.entries()) {
        if (accepts === 'none' || (accepts === 'some' && index % 2 === 1)) continue
        this.#queued.add(JSON.parse(json).messageId)
        accept()
        accept()
      }
    }
    if (accepts === 'late')
      return pause()
        .then(acceptSome)
        .then(() => this.#act(deed, 0))
    acceptSome()
    return this.#act(deed, 0)
  }

  #countPending(): number {
    // The root counts those of its scopes as well.
    return this.#root.pendingCount
  }

  /** accepted = delivered + failed + handed over + pending, at this instant. */
  checkAccounts(): void {
    let reportedCount = 0
    for (const { reported } of this.#calls.values()) {
      expect(reported.emitter.length).toBeLessThanOrEqual(1)
      reportedCount += reported.emitter.length
    }
    expect(reportedCount + this.#countPending()).toBe(this.#calls.size)
    for (const [index, client] of this.#clients.entries()) {
      // A poison event is not queued: it is pending until the end of the tick only. One that user code tracks while it hears of a
      // full queue is pending until the next turn.
      const extraCount = 1 + Math.min(this.#innerCallCount, MAX_INNER_CALLS)
      const scopes = index === 0 ? this.#clients.slice(1) : []
      const ownCount = scopes.reduce((count, scope) => count - scope.pendingCount, client.pendingCount)
      expect(ownCount).toBeLessThanOrEqual(this.#settings.maxQueueSize + extraCount)
      // The host knows: while anything is pending, one promise is open, and never two.
      const open = this.#bound.get(index)
      if (open && client.pendingCount > 0) expect(open.size).toBe(1)
    }
    expect(this.#endpoint.maxInFlight).toBeLessThanOrEqual(this.#settings.maxConcurrentRequests * this.#clients.length)
    expect(this.#faults).toEqual([])
  }

  async end(): Promise<void> {
    // Deliveries are reported when asked: ask for all of them now, also for those settled long ago.
    for (const { messageId, delivery } of this.#deliveries.flat()) {
      void delivery.then((outcome) => {
        if (outcome.messageId !== messageId) this.#faults.push(`${messageId} has the outcome of ${outcome.messageId}`)
        this.#note(messageId, 'delivery', outcome.status === 'handed-over' ? 'handedOver' : outcome.status)
      })
    }
    let hasEnded = false
    const closed = this.#root.closeAndFlush({ timeout: 30_000 }).then(() => {
      hasEnded = true
    })
    // In steps, since a timer that outlives the close must be seen before it runs out by itself.
    for (let ms = 0; ms < 30_000 && !hasEnded; ms += 100) await vi.advanceTimersByTimeAsync(100)
    await closed
    // A close that met its deadline leaves behind the callbacks that still run, and who waits for them: other flushes, until they
    // have met their own.
    await vi.advanceTimersByTimeAsync(this.#hasEndless ? LONGEST_FLUSH_MS : PAUSE_MS)
    expect(vi.getTimerCount() - countPauses()).toBe(0)
    await Promise.all(this.#tasks)
    for (const open of this.#bound.values()) expect(open.size).toBe(0)
    this.checkAccounts()
    expect(this.#countPending()).toBe(0)
    expect(this.#endpoint.inFlight).toBe(0)
    for (const [messageId, call] of this.#calls) this.#checkOutcome(messageId, call)
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount() - countPauses()).toBe(0)
  }

  #checkOutcome(messageId: string, { hasCallback, isPoison, reported }: Call): void {
    const [outcome] = reported.emitter
    expect(reported).toEqual({ delivery: [outcome], callback: hasCallback ? [outcome] : [], emitter: [outcome] })
    const takenCount = this.#endpoint.taken.get(messageId) ?? 0
    expect(takenCount).toBeLessThanOrEqual(1)
    if (outcome === 'delivered') expect(takenCount).toBe(1)
    else if (!this.#endpoint.takenUnheard.has(messageId)) expect(takenCount).toBe(0)
    if (isPoison) expect(outcome).toBe('failed')
    expect(this.#offered.get(messageId) ?? 0).toBeLessThanOrEqual(1)
    if (outcome === 'handedOver') expect(this.#offered.has(messageId) || this.#queued.has(messageId)).toBe(true)
    if (this.#queue?.when === 'always') expect(takenCount).toBe(0)
  }
}

/** User code may have replaced the method. */
function readFailure(ctx: Context): { reason: unknown } | undefined {
  return Context.prototype.failedDelivery.call(ctx)
}

function createFields(messageId: string, poison: Poison) {
  const data: Record<string, unknown> = poison === 'large' ? { text: 'x'.repeat(33_000) } : {}
  if (poison === 'circular') data.self = data
  return { messageId, userId: poison === 'rejected' ? REJECTED : 'u', context: { data } }
}

/** The callback hears of an outcome first, if there is one. */
function isReported({ reported }: Call): boolean {
  return reported.callback.length + reported.emitter.length > 0
}
