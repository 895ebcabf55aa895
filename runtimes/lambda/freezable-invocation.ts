import type { Analytics } from '../../src/index.ts'
import { afterResponse } from './after-response.ts'
import { enterExtension, joinedExtension } from './extension.ts'
import type { Hold } from './held-invocation.ts'
import { BEFORE_RESPONSE_MS, type ResolvedOptions } from './options.ts'
import { remainingMs } from './remaining-ms.ts'
import type { LambdaInvocation } from './types.ts'

/** Lambda ends an invocation after fifteen minutes. */
const MAX_INVOCATION_MS = 15 * 60_000

/** The invocation that began last. */
let newest: FreezableInvocation | undefined

/**
 * An invocation that the environment is frozen after. The client is flushed and not just the scope: code that calls the client
 * itself is covered, and so is what an earlier invocation tracked after its end.
 */
export class FreezableInvocation {
  readonly #client: Analytics
  readonly #context: LambdaInvocation
  readonly #options: ResolvedOptions
  /** Set if the flush comes after the response. */
  readonly #hold: Hold | undefined
  /** Lets the extension go where this invocation has no hold. */
  readonly #leave: () => void
  readonly #rescue: ReturnType<typeof setTimeout> | undefined

  constructor(client: Analytics, context: LambdaInvocation, options: ResolvedOptions) {
    this.#client = client
    this.#context = context
    this.#options = options
    const requestId = context?.awsRequestId
    if (options.isAfterResponse && requestId !== undefined) this.#hold = joinedExtension()?.hold(requestId)
    this.#leave = enterExtension(context)
    this.#rescue = this.#planRescue()
    newest = this
  }

  async end(): Promise<void> {
    clearTimeout(this.#rescue)
    const { isAfterResponse, timeoutMs } = this.#options
    if (this.#hold) {
      this.#hold.release(afterResponse().then(() => this.#flush(timeoutMs)))
      return
    }
    // The time that was meant for a flush behind the response is too long for a caller to wait.
    await this.#flush(isAfterResponse ? Math.min(timeoutMs, BEFORE_RESPONSE_MS) : timeoutMs)
    this.#leave()
  }

  #flush(limitMs: number): Promise<unknown> {
    const leftMs = remainingMs(this.#context) - this.#options.marginMs
    // If nothing is left, the events fail at once and are reported, instead of being killed in silence.
    return this.#client.flush({ timeout: Math.max(Math.min(limitMs, leftMs), 1) })
  }

  /**
   * A handler that runs into the function's time-out is killed with all that it has tracked, so that is sent while there is
   * time for it, at half-time at the earliest. This flush fails nothing that the one at the end could still deliver.
   */
  #planRescue(): ReturnType<typeof setTimeout> | undefined {
    const { timeoutMs, marginMs } = this.#options
    const atStartMs = remainingMs(this.#context)
    if (atStartMs > MAX_INVOCATION_MS) return undefined
    const flush = () => {
      const timeout = remainingMs(this.#context)
      // Where middy has left out the end of this invocation, the timer may wake up in a later one, whose events have more time.
      if (newest === this && timeout >= 1) void this.#client.flush({ timeout })
    }
    return setTimeout(flush, Math.max(atStartMs - marginMs - timeoutMs, atStartMs / 2))
  }
}
