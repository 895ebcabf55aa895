import { request } from 'node:http'
import process from 'node:process'
import { registerExtension } from './register-extension.ts'

/** How long an invocation that has been announced may take to reach its wrapper before the extension lets it go. */
const GRACE_MS = 500
const RETRY_MS = 1_000

/** Keeps Lambda from freezing the environment until the work that comes with the release is done. */
export interface Hold {
  release(work: Promise<unknown>): void
}

let extension: { joined: InternalExtension | undefined } | undefined

/** The environment's extension: registered at the first call; undefined where that did not succeed. */
export function joinExtensions(): InternalExtension | undefined {
  extension ??= { joined: register() }
  return extension.joined
}

function register(): InternalExtension | undefined {
  try {
    const api = process.env.AWS_LAMBDA_RUNTIME_API
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
export class InternalExtension {
  readonly #api: string
  readonly #id: string
  /** The invocation that the wrapper saw last, or that was announced last. */
  #current = new HeldInvocation('none')
  /** Whether the next invocation will be announced. After a failure that is uncertain until one is. */
  #isListening = true
  #hasWarned = false

  constructor(api: string, id: string) {
    this.#api = api
    this.#id = id
    void this.#listen()
  }

  /** Holds the environment for an invocation; undefined where that is not possible, and the flush has to come first. */
  hold(requestId: string | undefined): Hold | undefined {
    // Of a context that is not Lambda's own it is not known which invocation it belongs to.
    if (requestId === undefined) return undefined
    const invocation = this.#enter(requestId)
    if (this.#isListening && invocation.hold()) return { release: (work) => invocation.release(work) }
    invocation.letGo()
    return undefined
  }

  async #listen(): Promise<void> {
    for (;;) {
      try {
        const requestId = await nextEvent(this.#api, this.#id)
        this.#isListening = true
        await this.#enter(requestId).untilOver(GRACE_MS)
      } catch (error) {
        this.#isListening = false
        this.#warnOnce(error)
        await pause(RETRY_MS)
      }
    }
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

/** One invocation, as the extension sees it: it is over when each hold on it has been released and its work is done. */
class HeldInvocation {
  readonly requestId: string
  readonly #over: Promise<void>
  #setOver = () => {}
  #holdCount = 0
  #isOver = false

  constructor(requestId: string) {
    this.requestId = requestId
    this.#over = new Promise((resolve) => {
      this.#setOver = resolve
    })
  }

  /** False when the environment has been let go already, and may be frozen at any time. */
  hold(): boolean {
    if (!this.#isOver) this.#holdCount++
    return !this.#isOver
  }

  release(work: Promise<unknown>): void {
    const done = () => {
      if (--this.#holdCount === 0) this.letGo()
    }
    work.then(done, done)
  }

  letGo(): void {
    this.#isOver = true
    this.#setOver()
  }

  /**
   * The wrapper may never be called: a wrapper around it may answer alone, to a warming ping say. Lambda must not wait for
   * that until the function's time-out, so without a hold the invocation is over soon.
   */
  async untilOver(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      if (this.#holdCount === 0) this.letGo()
    }, graceMs)
    await this.#over
    clearTimeout(timer)
  }
}

/**
 * Asks for the next event; the answer is its request id. By `node:http`, as `fetch` gives up after five minutes, and on a
 * connection of its own, as one that is kept may be gone after a freeze.
 */
function nextEvent(api: string, id: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'Lambda-Extension-Identifier': id }
    const asking = request(`http://${api}/2020-01-01/extension/event/next`, { headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`event/next was answered ${response.statusCode}`))
      })
    })
    asking.on('error', reject)
    // Waiting for an event is no reason for the process to stay.
    asking.on('socket', (socket) => socket.unref())
    asking.end()
  }).then((text) => String(JSON.parse(String(text)).requestId))
}

/** The process may end meanwhile. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs).unref())
}

function warn(message: string, error: unknown): void {
  console.warn(`analytics-edge: ${message}`, error instanceof Error ? error.message : error)
}
