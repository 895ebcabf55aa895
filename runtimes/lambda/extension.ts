import { type Extension, findEnvironment } from './environment.ts'
import { HeldInvocation, type Hold } from './held-invocation.ts'
import { nextEvent } from './next-event.ts'
import { registerExtension } from './register-extension.ts'
import type { LambdaInvocation } from './types.ts'

/** How long the extension waits for an announced invocation to reach its wrapper. */
const GRACE_MS = 500
/** The same for the first invocation, when it is not yet known whether the handler is wrapped at all. */
const FIRST_GRACE_MS = 100
const RETRY_MS = 1_000

/** Registers the environment's extension on the first call. If that fails, flushes must precede the response. */
export function ensureExtension(): void {
  findEnvironment().extension ??= { registered: register() }
}

/** The environment's extension, if a wrapper has requested one and it could be registered. */
export function findExtension(): Extension | undefined {
  return findEnvironment().extension?.registered
}

/** Announces an invocation that needs no hold to the extension, if there is one. Call the result when the invocation ends. */
export function enterExtension(context: LambdaInvocation | undefined): () => void {
  const extension = findExtension()
  // A context that is not Lambda's own does not show which invocation it belongs to.
  const requestId = context?.awsRequestId
  return extension && requestId !== undefined ? extension.enter(requestId) : () => {}
}

function register(): Extension | undefined {
  try {
    const api = globalThis.process.env.AWS_LAMBDA_RUNTIME_API
    if (!api) throw new Error('AWS_LAMBDA_RUNTIME_API is not set: this is not Lambda')
    return new InternalExtension(api, registerExtension(api))
  } catch (error) {
    warn("flush: 'after-response' needs the Extensions API; events are flushed before the response instead:", error)
    return undefined
  }
}

/**
 * An internal Lambda extension. Lambda returns a result as soon as the runtime has posted it, and freezes the
 * environment only once every extension has asked for the next event. So this one asks only after the flush.
 */
class InternalExtension implements Extension {
  readonly #api: string
  readonly #id: string
  /** The invocation last seen by the wrapper or last announced. */
  #current = new HeldInvocation('none')
  /** Whether the next invocation will be announced. After a failure, unknown until one is. */
  #isListening = true
  #hasWarned = false
  #graceMs = FIRST_GRACE_MS

  constructor(api: string, id: string) {
    this.#api = api
    this.#id = id
    void this.#listen()
  }

  hold(requestId: string): Hold | undefined {
    this.#graceMs = GRACE_MS
    const invocation = this.#enter(requestId)
    if (this.#isListening && invocation.hold()) return invocation
    invocation.releaseUnlessHeld()
    return undefined
  }

  enter(requestId: string): () => void {
    const invocation = this.#enter(requestId)
    return () => invocation.releaseUnlessHeld()
  }

  async #listen(): Promise<void> {
    for (;;) {
      try {
        const requestId = await nextEvent(this.#api, this.#id)
        this.#isListening = true
        await this.#enter(requestId).untilOver(this.#graceMs)
        this.#learnGrace()
      } catch (error) {
        this.#isListening = false
        this.#warnOnce(error)
        await pause(RETRY_MS)
      }
    }
  }

  /**
   * The wrapper may never be called: the environment may run another export of the file, or a handler around the
   * wrapper that responds on its own, for example to a warming ping. Nothing shows when those end, and Lambda must not
   * wait for them until the function's timeout. So there is a grace period only while a wrapper is likely to be
   * called: a short one in the first invocation, then none until a wrapper has been called.
   */
  #learnGrace(): void {
    if (this.#graceMs === FIRST_GRACE_MS) this.#graceMs = 0
  }

  #warnOnce(error: unknown): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    warn('the Extensions API failed; until it responds, events are flushed before the response:', error)
  }

  /** The runtime and the extension learn of an invocation at about the same time, in either order. */
  #enter(requestId: string): HeldInvocation {
    if (this.#current.requestId !== requestId) this.#current = new HeldInvocation(requestId)
    return this.#current
  }
}

/** Does not keep the process alive. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs).unref())
}

function warn(message: string, error: unknown): void {
  console.warn(`analytics-edge: ${message}`, error instanceof Error ? error.message : error)
}
