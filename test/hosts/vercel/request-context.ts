import { AsyncLocalStorage } from 'node:async_hooks'

const VERCEL = Symbol.for('@vercel/request-context')

/** The context of a request, as Vercel's launcher for Node keeps it. */
export class RequestContext {
  readonly #work: Promise<unknown>[] = []
  readonly waitUntil = (promise: Promise<unknown>): void => void this.#work.push(promise)

  /** When all work is done that the host was told of, and the instance may be frozen. */
  async untilDone(): Promise<void> {
    for (let next = this.#work.shift(); next; next = this.#work.shift()) await next
  }
}

const contexts = new AsyncLocalStorage<RequestContext | undefined>()

/** Makes the context passed to `runInContext` visible to `@vercel/functions` and to all other code that looks for it. */
export function provideRequestContext(): void {
  Reflect.set(globalThis, VERCEL, { get: () => contexts.getStore() })
}

export function removeRequestContext(): void {
  Reflect.deleteProperty(globalThis, VERCEL)
}

export const runInContext = <Result>(context: RequestContext | undefined, call: () => Result): Result =>
  contexts.run(context, call)
