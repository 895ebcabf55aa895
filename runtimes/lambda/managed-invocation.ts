import type { Scope } from '../../src/index.ts'
import { afterResponse } from './after-response.ts'
import type { ResolvedOptions } from './options.ts'
import { remainingMs } from './remaining-ms.ts'
import type { LambdaInvocation } from './types.ts'

/** The longest possible timer. */
const NO_DEADLINE_MS = 2_147_483_647

/**
 * An invocation on a Managed Instance, whose environment runs several at once. The environment is never frozen, so
 * events do not fail because the invocation ends, even by the function's timeout: what the result does not wait for is
 * delivered afterwards. Only the invocation's own scope is flushed, because other events of the client belong to other
 * invocations.
 */
export class ManagedInvocation {
  readonly #context: LambdaInvocation
  readonly #options: ResolvedOptions

  constructor(context: LambdaInvocation, options: ResolvedOptions) {
    this.#context = context
    this.#options = options
  }

  async finish(scope: Scope | undefined): Promise<void> {
    if (!scope) return
    const { isAfterResponse, timeoutMs, marginMs } = this.#options
    if (isAfterResponse) void afterResponse().then(() => flush(scope))
    else await waitWithin(flush(scope), Math.min(timeoutMs, remainingMs(this.#context) - marginMs))
  }
}

function flush(scope: Scope): Promise<unknown> {
  return scope.flush({ timeout: NO_DEADLINE_MS })
}

/** Waits for the work, up to a limit. */
async function waitWithin(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([work, limit])
  clearTimeout(timer)
}
