import { type Extension, findEnvironment } from './environment.ts'
import { HeldInvocation, type Hold } from './held-invocation.ts'
import { nextEvent } from './next-event.ts'
import { registerExtension } from './register-extension.ts'
import type { LambdaInvocation } from './types.ts'

/** How long an invocation that has been announced may take to reach its wrapper before the extension lets it go. */
const GRACE_MS = 500
/** The same for the first invocation: whether its handler is wrapped at all is not known yet. */
const FIRST_GRACE_MS = 100
const RETRY_MS = 1_000

/** Registers the environment's extension, at the first call. If that fails, the flush has to come before the response. */
export function joinExtensions(): void {
  findEnvironment().extension ??= { joined: register() }
}

/** The environment's extension, if a wrapper asked for one and it could be registered. */
export function joinedExtension(): Extension | undefined {
  return findEnvironment().extension?.joined
}

/** Notes an invocation that needs no hold; returns what to call at its end, so that the extension, if there is one, lets it go. */
export function enterExtension(context: LambdaInvocation | undefined): () => void {
  const extension = joinedExtension()
  // Of a context that is not Lambda's own it is not known which invocation it belongs to.
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
 * An internal extension of Lambda. Lambda returns a result as soon as the runtime has posted it, and freezes the environment
 * only when each extension has asked for the next event as well. So this one does not ask before the flush has ended.
 */
class InternalExtension implements Extension {
  readonly #api: string
  readonly #id: string
  /** The invocation that the wrapper saw last, or that was announced last. */
  #current = new HeldInvocation('none')
  /** Whether the next invocation will be announced. After a failure that is uncertain until one is. */
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
    invocation.letGoUnlessHeld()
    return undefined
  }

  enter(requestId: string): () => void {
    const invocation = this.#enter(requestId)
    return () => invocation.letGoUnlessHeld()
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
   * A wrapper may never be called: the handler that the environment runs may be another export of the file, or one around a wrapper
   * that answers alone, to a warming ping for example. Nothing tells when those have ended, and Lambda must not wait for them until
   * the function's time-out. So there is a grace only for as long as it is likely that a wrapper is called: in the first
   * invocation a short one, and no more after it, until one has been called.
   */
  #learnGrace(): void {
    if (this.#graceMs === FIRST_GRACE_MS) this.#graceMs = 0
  }

  #warnOnce(error: unknown): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    warn('the Extensions API failed; until it answers, events are flushed before the response:', error)
  }

  /** The runtime and the extension learn of an invocation at about the same time, in either order. */
  #enter(requestId: string): HeldInvocation {
    if (this.#current.requestId !== requestId) this.#current = new HeldInvocation(requestId)
    return this.#current
  }
}

/** The process may end meanwhile. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs).unref())
}

function warn(message: string, error: unknown): void {
  console.warn(`analytics-edge: ${message}`, error instanceof Error ? error.message : error)
}
