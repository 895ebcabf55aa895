import { findPendingEvents } from '../../src/kit/index.ts'
import { hasApplicationListeners, terminateByForce, terminateBySignal } from './terminate.ts'

/** A structural client, because it may come from another copy of the package. */
export interface ExitClient {
  flush(params?: { timeout?: number }): Promise<unknown>
  closeAndFlush(params?: { timeout?: number }): Promise<unknown>
  /** Lets the process exit with events pending, because they are flushed then. */
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

/**
 * All that one copy of the package knows of another's registry. A later version may add to it, but must never change
 * it.
 */
interface SharedExitRegistry {
  readonly version: number
  /** Returns a function that undoes it. */
  add(registration: Registration): () => void
}

const KEY = Symbol.for('analytics-edge.flushOnExit')

/**
 * The process's registry, created by the first copy of the package and used by all, so that none waits for another. It
 * is on the process, because copies in `node:vm` contexts have different globals but the same signals.
 */
export function findExitRegistry(host: NodeJS.Process): SharedExitRegistry {
  // The cast: only copies of this package define the property.
  const shared = host as { [KEY]?: SharedExitRegistry }
  const registry = shared[KEY] ?? createShared(host)
  if (!shared[KEY]) Object.defineProperty(shared, KEY, { value: registry })
  return registry
}

/** Plain functions also work in jest, whose tests get a deep copy of the process. */
function createShared(host: NodeJS.Process): SharedExitRegistry {
  const registry = new ExitRegistry(host)
  return { version: 1, add: (registration) => registry.add(registration) }
}

/** The same signal within this time is an echo: Nest and tools that forward Ctrl-C send it again. */
const ECHO_MS = 500
/** How long a client may exceed its timeout before it is no longer waited for. */
const GRACE_MS = 1_000
const MAX_TIMER_MS = 2_147_483_647

class ExitRegistry {
  readonly #host: NodeJS.Process
  readonly #registrations = new Set<Registration>()
  readonly #listened = new Set<NodeJS.Signals>()
  #first: FirstSignal | undefined
  #shutdownTimer: NodeJS.Timeout | undefined
  #hasTurned = false
  /** Clients already flushed when the process ran dry. */
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

  /** Makes the process's listeners match the registrations. */
  #listen(): void {
    const host = this.#host
    const wanted = new Set([...this.#registrations].flatMap(({ signals }) => signals))
    for (const signal of new Set([...this.#listened, ...wanted])) {
      host.off(signal, this.#onSignal)
      this.#listened.delete(signal)
      if (!wanted.has(signal)) continue
      // Before the application's: a `once` listener is gone when later ones are called, and would not be counted.
      host.prependListener(signal, this.#onSignal)
      this.#listened.add(signal)
    }
    host.off('newListener', this.#onNewListener)
    host.off('beforeExit', this.#onBeforeExit)
    if (this.#registrations.size > 0) {
      host.on('newListener', this.#onNewListener)
      host.on('beforeExit', this.#onBeforeExit)
    } else {
      clearTimeout(this.#shutdownTimer)
      this.#first = undefined
    }
    for (const { client } of this.#registrations) client.unref?.()
  }

  /** A listener added in front of ours, for example with `prependOnceListener`, must not stay there. */
  readonly #onNewListener = (name: string | symbol, listener: unknown): void => {
    // The cast: it is only looked up.
    if (listener === this.#onSignal || !this.#listened.has(name as NodeJS.Signals)) return
    // Node adds the listener right after this returns.
    void Promise.resolve().then(() => this.#listen())
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const first = this.#first
    this.#first ??= { signal, atMs: performance.now() }
    if (first) this.#onSecondSignal(signal, first)
    else if (this.#isForApplication(signal)) void this.#deferToApplication(signal)
    else void this.#terminate(signal)
  }

  #onSecondSignal(signal: NodeJS.Signals, first: FirstSignal): void {
    const restMs = signal === first.signal ? first.atMs + ECHO_MS - performance.now() : 0
    if (restMs <= 0) {
      this.#terminateNow(signal)
      return
    }
    setTimeout(() => this.#first === first && this.#terminateNow(signal), restMs).unref()
    // The application is done, as Nest is after its own shutdown.
    if (!this.#isForApplication(signal)) void this.#terminate(signal)
  }

  #isForApplication(signal: NodeJS.Signals): boolean {
    return hasApplicationListeners(this.#host, signal, this.#onSignal)
  }

  async #deferToApplication(signal: NodeJS.Signals): Promise<void> {
    await this.#flushAll('flush')
    if (this.#registrations.size === 0) return
    const shutdownMs = Math.max(...[...this.#registrations].map(({ shutdownTimeoutMs }) => shutdownTimeoutMs))
    // Does not keep the process alive: an application that lets it run dry has finished.
    this.#shutdownTimer = setTimeout(() => void this.#terminate(signal), shutdownMs).unref()
  }

  async #terminate(signal: NodeJS.Signals): Promise<void> {
    await this.#flushAll('closeAndFlush')
    findPendingEvents().warn()
    terminateBySignal(this.#host, signal, this.#onSignal)
  }

  #terminateNow(signal: NodeJS.Signals): void {
    findPendingEvents().warn()
    terminateByForce(this.#host, signal)
  }

  async #flushAll(method: 'flush' | 'closeAndFlush'): Promise<void> {
    await Promise.all([...this.#registrations].map((registration) => flushWithin(registration, method)))
  }

  /** Emitted again after a flush has let the process run dry; stops when nothing is pending. */
  readonly #onBeforeExit = (): void => {
    // An application's last act may be to raise the signal again, as Nest does; it arrives in the next turn.
    if (this.#first && !this.#hasTurned) setImmediate(() => {})
    this.#hasTurned = this.#first !== undefined
    for (const { client, timeoutMs } of this.#registrations) {
      if (!this.#hasMore(client)) continue
      this.#flushedDry.add(client)
      void callFlush(client, 'flush', timeoutMs)
    }
  }

  /**
   * A client without `pendingCount` is flushed once: otherwise, a flush that takes a turn would make the process run
   * dry forever.
   */
  #hasMore(client: ExitClient): boolean {
    const { pendingCount } = client
    return typeof pendingCount === 'number' ? pendingCount > 0 : !this.#flushedDry.has(client)
  }
}

/** Limits even a client that does not limit itself: the process exits whatever it does. */
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
    // Our clients reject only for invalid parameters; others may do so for any reason.
  }
}
