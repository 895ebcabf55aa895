import type { Analytics } from '../../src/index.ts'
import { afterResponse } from './after-response.ts'
import { enterExtension, findExtension } from './extension.ts'
import type { Hold } from './held-invocation.ts'
import { BEFORE_RESPONSE_MS, type ResolvedOptions } from './options.ts'
import { remainingMs } from './remaining-ms.ts'
import type { LambdaInvocation } from './types.ts'

/** Lambda stops an invocation after fifteen minutes. */
const MAX_INVOCATION_MS = 15 * 60_000

/** The invocation that began last. */
let newest: FreezableInvocation | undefined

/**
 * An invocation after which the environment is frozen. It flushes the whole client, not just the scope, to include
 * direct calls on the client and events that an earlier invocation tracked after its end.
 */
export class FreezableInvocation {
  readonly #client: Analytics
  readonly #context: LambdaInvocation
  readonly #options: ResolvedOptions
  /** Set if the flush comes after the response. */
  readonly #hold: Hold | undefined
  /** Releases the extension if this invocation has no hold. */
  readonly #releaseExtension: () => void
  readonly #rescue: ReturnType<typeof setTimeout> | undefined

  constructor(client: Analytics, context: LambdaInvocation, options: ResolvedOptions) {
    this.#client = client
    this.#context = context
    this.#options = options
    const requestId = context?.awsRequestId
    if (options.isAfterResponse && requestId !== undefined) this.#hold = findExtension()?.hold(requestId)
    this.#releaseExtension = enterExtension(context)
    this.#rescue = this.#planRescue()
    newest = this
  }

  async finish(): Promise<void> {
    clearTimeout(this.#rescue)
    const { isAfterResponse, timeoutMs } = this.#options
    if (this.#hold) {
      this.#hold.release(afterResponse().then(() => this.#flush(timeoutMs)))
      return
    }
    // A time limit meant for a flush after the response is too long for a caller to wait.
    await this.#flush(isAfterResponse ? Math.min(timeoutMs, BEFORE_RESPONSE_MS) : timeoutMs)
    this.#releaseExtension()
  }

  #flush(limitMs: number): Promise<unknown> {
    const leftMs = remainingMs(this.#context) - this.#options.marginMs
    // With no time left, events fail at once and are reported, instead of being killed silently.
    return this.#client.flush({ timeout: Math.max(Math.min(limitMs, leftMs), 1) })
  }

  /**
   * If the handler exceeds the function's timeout, Lambda kills it with everything tracked. So events are sent while
   * there is still time, but not before half-time. This flush fails nothing that the final one could still deliver.
   */
  #planRescue(): ReturnType<typeof setTimeout> | undefined {
    const { timeoutMs, marginMs } = this.#options
    const atStartMs = remainingMs(this.#context)
    if (atStartMs > MAX_INVOCATION_MS) return undefined
    const flush = () => {
      const timeout = remainingMs(this.#context)
      // If middy skipped the end of this invocation, the timer may fire in a later one, whose events have more time.
      if (newest === this && timeout >= 1) void this.#client.flush({ timeout })
    }
    return setTimeout(flush, Math.max(atStartMs - marginMs - timeoutMs, atStartMs / 2))
  }
}
