import { findPendingEvents } from '../../src/index.ts'
import { endByForce, endBySignal, hasApplicationListeners } from './end-process.ts'

/** A client by what it can do, as it may come from another copy of the package. */
export interface ExitClient {
  flush(params?: { timeout?: number }): Promise<unknown>
  closeAndFlush(params?: { timeout?: number }): Promise<unknown>
  /** Lets the process end while events wait, as they are flushed then. */
  unref?(): unknown
  ref?(): unknown
  readonly pendingCount?: unknown
}

interface Registration {
  readonly client: ExitClient
  readonly signals: readonly NodeJS.Signals[]
  readonly timeoutMs: number
  readonly shutdownTimeoutMs: number
}

interface FirstSignal {
  readonly signal: NodeJS.Signals
  readonly atMs: number
}

/** All that one copy of the package knows of another's registry. A later version may add to this, but never change it. */
interface SharedExitRegistry {
  readonly version: number
  /** Answers with a function that undoes it. */
  add(registration: Registration): () => void
}

const KEY = Symbol.for('analytics-edge.flushOnExit')

/**
 * The registry of the process: the first copy of the package brings it, and all use it, so that none waits for another. It is kept on
 * the process, as copies in contexts of `node:vm` have other globals, but the same signals.
 */
export function findExitRegistry(host: NodeJS.Process): SharedExitRegistry {
  // The cast: the property is ours, whichever copy of us has defined it.
  const shared = host as { [KEY]?: SharedExitRegistry }
  const registry = shared[KEY] ?? createShared(host)
  if (!shared[KEY]) Object.defineProperty(shared, KEY, { value: registry })
  return registry
}

/** An object of functions, which works for jest as well: its tests get a deep copy of the process. */
function createShared(host: NodeJS.Process): SharedExitRegistry {
  const registry = new ExitRegistry(host)
  return { version: 1, add: (registration) => registry.add(registration) }
}

/** The same signal again within this time is an echo of the first: Nest sends it again, and so do tools that forward Ctrl-C. */
const ECHO_MS = 500
/** What a client gets beyond its timeout before nobody waits for it any more. */
const GRACE_MS = 1_000
const MAX_TIMER_MS = 2_147_483_647

class ExitRegistry {
  readonly #host: NodeJS.Process
  readonly #registrations = new Set<Registration>()
  readonly #listened = new Set<NodeJS.Signals>()
  #first: FirstSignal | undefined
  #patience: NodeJS.Timeout | undefined
  #hasTurned = false
  /** Clients that were flushed when the process ran dry. */
  readonly #flushedDry = new WeakSet<ExitClient>()

  constructor(host: NodeJS.Process) {
    this.#host = host
  }

  add(registration: Registration): () => void {
    this.#registrations.add(registration)
    this.#listen()
    return () => {
      if (!this.#registrations.delete(registration)) return
      this.#listen()
      const { client } = registration
      if (![...this.#registrations].some((other) => other.client === client)) client.ref?.()
    }
  }

  /** Has the process's listeners agree with the registrations. */
  #listen(): void {
    const host = this.#host
    const wanted = new Set([...this.#registrations].flatMap(({ signals }) => signals))
    for (const signal of new Set([...this.#listened, ...wanted])) {
      host.off(signal, this.#onSignal)
      this.#listened.delete(signal)
      if (!wanted.has(signal)) continue
      // Before the application's: a listener added with `once` is gone when later ones are called, and would not be counted.
      host.prependListener(signal, this.#onSignal)
      this.#listened.add(signal)
    }
    host.off('newListener', this.#onNewListener)
    host.off('beforeExit', this.#onBeforeExit)
    if (this.#registrations.size > 0) {
      host.on('newListener', this.#onNewListener)
      host.on('beforeExit', this.#onBeforeExit)
    } else {
      clearTimeout(this.#patience)
      this.#first = undefined
    }
    for (const { client } of this.#registrations) client.unref?.()
  }

  /** One that is added in front, with `prependOnceListener` for example, must not stay there. */
  readonly #onNewListener = (name: string | symbol, listener: unknown): void => {
    // The cast: it is only looked for.
    if (listener === this.#onSignal || !this.#listened.has(name as NodeJS.Signals)) return
    // It is added as soon as this has returned.
    void Promise.resolve().then(() => this.#listen())
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const first = this.#first
    this.#first ??= { signal, atMs: performance.now() }
    if (first) this.#onSecondSignal(signal, first)
    else if (this.#isForApplication(signal)) void this.#leaveToApplication(signal)
    else void this.#end(signal)
  }

  #onSecondSignal(signal: NodeJS.Signals, first: FirstSignal): void {
    const restMs = signal === first.signal ? first.atMs + ECHO_MS - performance.now() : 0
    if (restMs <= 0) {
      this.#endNow(signal)
      return
    }
    setTimeout(() => this.#first === first && this.#endNow(signal), restMs).unref()
    // The application has let go, as Nest does when its own shutdown has ended.
    if (!this.#isForApplication(signal)) void this.#end(signal)
  }

  #isForApplication(signal: NodeJS.Signals): boolean {
    return hasApplicationListeners(this.#host, signal, this.#onSignal)
  }

  async #leaveToApplication(signal: NodeJS.Signals): Promise<void> {
    await this.#flushAll('flush')
    if (this.#registrations.size === 0) return
    const patienceMs = Math.max(...[...this.#registrations].map(({ shutdownTimeoutMs }) => shutdownTimeoutMs))
    // It holds nothing up: an application that lets the process run dry has ended it.
    this.#patience = setTimeout(() => void this.#end(signal), patienceMs).unref()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#flushAll('closeAndFlush')
    findPendingEvents().warn()
    endBySignal(this.#host, signal, this.#onSignal)
  }

  #endNow(signal: NodeJS.Signals): void {
    findPendingEvents().warn()
    endByForce(this.#host, signal)
  }

  async #flushAll(method: 'flush' | 'closeAndFlush'): Promise<void> {
    await Promise.all([...this.#registrations].map((registration) => flushWithin(registration, method)))
  }

  /** Emitted again once a flush has let the process run dry; it ends when nothing is pending any more. */
  readonly #onBeforeExit = (): void => {
    // The last act of an application may be to raise the signal again, as that of Nest is: it comes with the next turn.
    if (this.#first && !this.#hasTurned) setImmediate(() => {})
    this.#hasTurned = this.#first !== undefined
    for (const { client, timeoutMs } of this.#registrations) {
      if (!this.#hasMore(client)) continue
      this.#flushedDry.add(client)
      void callFlush(client, 'flush', timeoutMs)
    }
  }

  /** One that does not say what is pending is flushed once: a flush of it that takes a turn would let the process run dry forever. */
  #hasMore(client: ExitClient): boolean {
    const { pendingCount } = client
    return typeof pendingCount === 'number' ? pendingCount > 0 : !this.#flushedDry.has(client)
  }
}

/** Bounded even for a client that is not: whatever it does, the process ends. */
async function flushWithin({ client, timeoutMs }: Registration, method: 'flush' | 'closeAndFlush'): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeoutMs + GRACE_MS, MAX_TIMER_MS))
  })
  await Promise.race([callFlush(client, method, timeoutMs), limit])
  clearTimeout(timer)
}

/** Never rejects. */
async function callFlush(client: ExitClient, method: 'flush' | 'closeAndFlush', timeout: number): Promise<void> {
  try {
    await client[method]({ timeout })
  } catch {
    // A client of ours rejects only for wrong parameters; of another we know nothing.
  }
}
