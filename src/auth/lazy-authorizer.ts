import { DeliveryError } from '../errors.ts'
import type { Waiter } from '../http/waiter.ts'
import type { Authorization, Authorizer, AuthorizerFactory } from './authorizer.ts'
import type { createAuthorizerFactory } from './create-authorizer.ts'

type KeepAlive = Parameters<AuthorizerFactory>[0]

/** Makes authorizers that load the code of OAuth with the first batch: who has no OAuth app does not start with it. */
export function createLazyAuthorizerFactory(...params: Parameters<typeof createAuthorizerFactory>): AuthorizerFactory {
  let factory: AuthorizerFactory | undefined
  // The factory is a value that all queues share; the promise of loading it is each one's own.
  const load = async (): Promise<AuthorizerFactory> => {
    const { createAuthorizerFactory } = await import('./create-authorizer.ts')
    factory ??= createAuthorizerFactory(...params)
    return factory
  }
  return (keepAlive) => new LazyAuthorizer(load, keepAlive)
}

class LazyAuthorizer implements Authorizer {
  readonly #load: () => Promise<AuthorizerFactory>
  readonly #keepAlive: KeepAlive
  #authorizer: Authorizer | undefined

  constructor(load: () => Promise<AuthorizerFactory>, keepAlive: KeepAlive) {
    this.#load = load
    this.#keepAlive = keepAlive
  }

  async authorize(waiter: Waiter): Promise<Authorization> {
    let authorizer = this.#authorizer
    try {
      authorizer ??= await this.#make()
    } catch (cause) {
      // A file of the package that was not deployed, say.
      return { kind: 'failed', reason: new DeliveryError('ERR_TOKEN', 'the code of OAuth did not load', { cause }) }
    }
    return authorizer.authorize(waiter)
  }

  refuse(header: string): void {
    this.#authorizer?.refuse(header)
  }

  async #make(): Promise<Authorizer> {
    const create = await this.#load()
    // Batches that came meanwhile share the one that the first of them has made.
    this.#authorizer ??= create(this.#keepAlive)
    return this.#authorizer
  }
}
