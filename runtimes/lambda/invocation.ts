import process from 'node:process'
import type { Analytics, Scope } from '../../src/index.ts'
import { type Hold, joinExtensions } from './extension.ts'
import type { ResolvedOptions } from './options.ts'
import type { LambdaInvocation } from './types.ts'

/** Lambda ends an invocation after fifteen minutes. */
const MAX_INVOCATION_MS = 15 * 60_000

/** The scopes of invocations that a wrapper looks after, by their contexts: a middleware inside one leaves the flush to it. */
const scopes = new WeakMap<LambdaInvocation, Scope>()

export function scopeOf(context: LambdaInvocation): Scope | undefined {
  return scopes.get(context)
}

/** The invocation that began last. */
let newest: Invocation | undefined

/** One run of the handler, from its start until nothing of it is on its way any more. */
export class Invocation {
  readonly scope: Scope
  /** What is flushed. */
  readonly #target: Analytics | Scope
  readonly #context: LambdaInvocation
  readonly #options: ResolvedOptions
  readonly #hold: Hold | undefined
  readonly #rescue: ReturnType<typeof setTimeout> | undefined

  constructor(client: Analytics, context: LambdaInvocation, options: ResolvedOptions) {
    this.#context = context
    this.#options = options
    this.scope = client.scope()
    // The client and not just the scope: code that calls the client itself is covered, and so is what an earlier invocation
    // tracked after its end. But in an environment that runs several invocations at once, which is never frozen, the deadline
    // of one is no business of another's events.
    this.#target = process.env.AWS_LAMBDA_MAX_CONCURRENCY ? this.scope : client
    if (isObject(context)) scopes.set(context, this.scope)
    this.#hold = options.isAfterResponse
      ? joinExtensions()?.hold(isObject(context) ? context.awsRequestId : undefined)
      : undefined
    this.#rescue = this.#planRescue()
    newest = this
  }

  /** Flushes when the handler has ended. The promise that comes back is what the result has to wait for. */
  async end(): Promise<void> {
    clearTimeout(this.#rescue)
    if (this.#hold) this.#hold.release(afterResponse().then(() => this.#flush()))
    else await this.#flush()
  }

  #flush(): Promise<unknown> {
    const { timeoutMs, marginMs } = this.#options
    // Where nothing is left, the events fail at once, and are told, instead of being killed in silence.
    return this.#target.flush({ timeout: Math.max(Math.min(timeoutMs, this.#remainingMs() - marginMs), 1) })
  }

  /**
   * A handler that runs into the function's time-out is killed with all that it has tracked, so that is sent while there is
   * time for it, at half-time at the earliest. This flush fails nothing that the one at the end could still deliver.
   */
  #planRescue(): ReturnType<typeof setTimeout> | undefined {
    const { timeoutMs, marginMs } = this.#options
    const remainingMs = this.#remainingMs()
    if (remainingMs > MAX_INVOCATION_MS) return undefined
    const flush = () => {
      const timeout = this.#remainingMs()
      // Where middy has left out the end of this invocation, the timer may wake up in a later one, whose events have more time.
      const isOwn = newest === this || this.#target === this.scope
      if (isOwn && timeout >= 1) void this.#target.flush({ timeout })
    }
    return setTimeout(flush, Math.max(remainingMs - marginMs - timeoutMs, remainingMs / 2))
  }

  /** Read anew each time: what counts is what the handler has left. A unit test that calls a handler may give no context. */
  #remainingMs(): number {
    const remainingMs = isObject(this.#context) ? this.#context.getRemainingTimeInMillis?.() : undefined
    return typeof remainingMs === 'number' && !Number.isNaN(remainingMs) ? remainingMs : Number.POSITIVE_INFINITY
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/**
 * The runtime posts the result in the next turn of the event loop, by a call that blocks. A flush that starts one turn later
 * costs the caller nothing, not even the time that it takes to begin.
 */
function afterResponse(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
