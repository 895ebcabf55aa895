import { expect, vi } from 'vitest'
import { Analytics, type Context, type Delivery, type DeliveryError, type Scope } from '../../src/index.ts'
import { EVENT_TYPES } from '../../src/lib/event-types.ts'
import { Endpoint, REFUSED } from './endpoint.ts'
import { countPauses, forgetPauses, PAUSE_MS, pause } from './pause.ts'
import { createPlugin } from './plugins.ts'
import type { CallbackKind, Program, Step } from './program.ts'

type Outcome = 'delivered' | 'failed' | 'handedOver'
type Teller = 'delivery' | 'callback' | 'emitter'

/** What is known of one accepted call. */
interface Call {
  hasCallback: boolean
  isPoison: boolean
  told: Record<Teller, Outcome[]>
}

/** Runs a program on the fake clock, holding the accounts at each step and all that must be true at the end. */
export async function runProgram(program: Program): Promise<void> {
  // What a failed program has left behind is not the next one's fault.
  vi.clearAllTimers()
  forgetPauses()
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
  readonly #deliveries: Delivery[][] = [[]]
  /** What each bound client has given to `waitUntil` and is not over. */
  readonly #bound = new Map<number, Set<Promise<unknown>>>()
  readonly #flushes: Promise<unknown>[] = []
  readonly #handOver: Program['handOver']
  readonly #offered = new Map<string, number>()
  readonly #settings: Program['settings']
  #id = 0

  constructor({ settings, treatments, handOver, plugins }: Program) {
    this.#endpoint = new Endpoint(treatments)
    this.#handOver = handOver
    this.#settings = settings
    const onUndelivered = handOver === 'none' ? undefined : (events: { messageId: string }[]) => this.#take(events)
    const root = new Analytics({ writeKey: 'k', ...settings, httpClient: this.#endpoint, onUndelivered })
    for (const type of EVENT_TYPES) root.on(type, (ctx) => this.#tell(ctx, 'emitter'))
    root.on('error', ({ code, ctx }) => code === 'delivery_failure' && this.#tell(ctx, 'emitter'))
    // Listeners that misbehave stand beside the ones that count.
    root.on('track', () => {
      throw new Error('a listener that throws')
    })
    root.on('error', () => Promise.reject(new Error('a listener that rejects')))
    this.#clients = [root]
    if (plugins.length > 0) void root.register(...plugins.map(createPlugin))
  }

  get #root(): Analytics {
    // The first client is the root, by construction.
    return this.#clients[0] as Analytics
  }

  async step(step: Step): Promise<void> {
    const index = 'client' in step ? step.client % this.#clients.length : 0
    const client = this.#clients[index] ?? this.#root
    switch (step.kind) {
      case 'call':
        this.#call(index, client, EVENT_TYPES[step.type] ?? 'track', step.callback, step.poison)
        break
      case 'await':
        for (const delivery of this.#deliveries[index] ?? []) void delivery.then(() => {})
        break
      case 'flush':
        this.#flushes.push(client.flush({ timeout: step.timeout }))
        break
      case 'close':
        this.#flushes.push(client.closeAndFlush({ timeout: 5_000 }))
        break
      case 'open': {
        const waitUntil = step.isBound ? this.#createWaitUntil(this.#clients.length) : undefined
        this.#clients.push(this.#root.scope({ waitUntil, timeout: step.timeout }))
        this.#deliveries.push([])
        break
      }
      case 'pass':
        await vi.advanceTimersByTimeAsync(step.ms)
    }
  }

  #createWaitUntil(index: number): (promise: Promise<unknown>) => void {
    const open = new Set<Promise<unknown>>()
    this.#bound.set(index, open)
    return (promise) => {
      open.add(promise)
      void promise.then(() => open.delete(promise))
    }
  }

  #call(
    index: number,
    client: Scope,
    type: (typeof EVENT_TYPES)[number],
    callbackKind: CallbackKind,
    poison: string,
  ): void {
    const messageId = `m${this.#id++}`
    const data: Record<string, unknown> = poison === 'large' ? { text: 'x'.repeat(33_000) } : {}
    if (poison === 'circular') data.self = data
    const isPoison = poison === 'large' || poison === 'circular'
    this.#calls.set(messageId, {
      hasCallback: callbackKind !== 'none',
      isPoison,
      told: { delivery: [], callback: [], emitter: [] },
    })

    let isRefused = false
    const noteRefused = (event: { messageId: string }) => {
      isRefused ||= event.messageId === messageId
    }
    this.#root.on('call_after_close', noteRefused)
    const params = { messageId, userId: poison === 'refused' ? REFUSED : 'u', context: { data } }
    const callback = callbackKind === 'none' ? undefined : this.#callback(index, client, callbackKind)
    const delivery = {
      track: () => client.track({ ...params, event: 'E' }, callback),
      identify: () => client.identify(params, callback),
      page: () => client.page(params, callback),
      screen: () => client.screen(params, callback),
      group: () => client.group({ ...params, groupId: 'g' }, callback),
      alias: () => client.alias({ ...params, previousId: 'p' }, callback),
    }[type]()
    this.#root.off('call_after_close', noteRefused)

    // A call after the close is not accepted: it is told by call_after_close, not as an outcome.
    if (isRefused) this.#calls.delete(messageId)
    else this.#deliveries[index]?.push(delivery)
  }

  #callback(index: number, client: Scope, kind: CallbackKind) {
    return (_err?: unknown, ctx?: Context) => {
      if (ctx) this.#tell(ctx, 'callback')
      switch (kind) {
        case 'throw':
          throw new Error('a callback that throws')
        case 'reject':
          return Promise.reject(new Error('a callback that rejects'))
        case 'slow':
          return pause()
        case 'flush':
          return client.flush({ timeout: 3_000 })
        case 'close':
          return client.closeAndFlush({ timeout: 3_000 })
        case 'track':
          return this.#call(index, client, 'track', 'plain', 'none')
        default:
          return undefined
      }
    }
  }

  #tell(ctx: Context, teller: Teller): void {
    const failure = ctx.failedDelivery()
    // The SDK's reasons are DeliveryErrors; the type of the field is the reference's.
    const code = (failure?.reason as DeliveryError | undefined)?.code
    const outcome = !failure ? 'delivered' : code === 'ERR_HANDED_OVER' ? 'handedOver' : 'failed'
    this.#calls.get(ctx.event.messageId)?.told[teller].push(outcome)
  }

  #take(events: { messageId: string }[]): unknown {
    for (const { messageId } of events) this.#offered.set(messageId, (this.#offered.get(messageId) ?? 0) + 1)
    if (this.#handOver === 'throw') throw new Error('an onUndelivered that throws')
    if (this.#handOver === 'reject') return Promise.reject(new Error('an onUndelivered that rejects'))
    if (this.#handOver === 'slow') return pause()
    return this.#handOver === 'never' ? new Promise(() => {}) : undefined
  }

  /** accepted = delivered + failed + handed over + pending, at this instant. */
  checkAccounts(): void {
    let toldCount = 0
    for (const { told } of this.#calls.values()) {
      expect(told.emitter.length).toBeLessThanOrEqual(1)
      toldCount += told.emitter.length
    }
    const pendingCount = this.#clients.reduce((sum, client) => sum + client.pendingCount, 0)
    expect(toldCount + pendingCount).toBe(this.#calls.size)
    for (const [index, client] of this.#clients.entries()) {
      // A poison event is not queued: it is pending until the end of the tick only.
      expect(client.pendingCount).toBeLessThanOrEqual(this.#settings.maxQueueSize + 1)
      // The host knows: while anything is pending, one promise is open, and never two.
      const open = this.#bound.get(index)
      if (open && client.pendingCount > 0) expect(open.size).toBe(1)
    }
    expect(this.#endpoint.maxInFlight).toBeLessThanOrEqual(this.#settings.maxConcurrentRequests * this.#clients.length)
  }

  async end(): Promise<void> {
    // Deliveries are told when asked: ask for all of them now, also for those settled long ago.
    for (const delivery of this.#deliveries.flat()) void delivery.then((ctx) => this.#tell(ctx, 'delivery'))
    let hasEnded = false
    const closed = this.#root.closeAndFlush({ timeout: 30_000 }).then(() => {
      hasEnded = true
    })
    // In steps, since a timer that outlives the close must be seen before it runs out by itself.
    for (let ms = 0; ms < 30_000 && !hasEnded; ms += 100) await vi.advanceTimersByTimeAsync(100)
    await closed
    // A close that met its deadline leaves behind the callbacks that still run, and who waits for them.
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(vi.getTimerCount() - countPauses()).toBe(0)
    await Promise.all(this.#flushes)
    for (const open of this.#bound.values()) expect(open.size).toBe(0)
    this.checkAccounts()
    expect(this.#endpoint.inFlight).toBe(0)
    for (const [messageId, call] of this.#calls) this.#checkOutcome(messageId, call)
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount() - countPauses()).toBe(0)
  }

  #checkOutcome(messageId: string, { hasCallback, isPoison, told }: Call): void {
    const [outcome] = told.emitter
    expect(told).toEqual({ delivery: [outcome], callback: hasCallback ? [outcome] : [], emitter: [outcome] })
    const takenCount = this.#endpoint.taken.get(messageId) ?? 0
    expect(takenCount).toBeLessThanOrEqual(1)
    if (outcome === 'delivered') expect(takenCount).toBe(1)
    else if (!this.#endpoint.takenUnheard.has(messageId)) expect(takenCount).toBe(0)
    if (isPoison) expect(outcome).toBe('failed')
    expect(this.#offered.get(messageId) ?? 0).toBeLessThanOrEqual(1)
    if (outcome === 'handedOver') expect(this.#offered.get(messageId)).toBe(1)
  }
}
