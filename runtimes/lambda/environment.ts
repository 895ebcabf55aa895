import type { Scope } from '../../src/index.ts'
import type { Hold } from './held-invocation.ts'
import type { LambdaInvocation } from './types.ts'

/** The environment's extension, as shared between copies of the package. */
export interface Extension {
  /**
   * Holds the environment for an invocation; undefined if that is not possible, so that the flush must precede the
   * response.
   */
  hold(requestId: string): Hold | undefined
  /**
   * Notes an invocation that needs no hold; returns what to call at its end, when there is nothing left to wait for.
   */
  enter(requestId: string): () => void
}

/** State shared by all copies of the package. A later version may add to it, but must never change it. */
interface Environment {
  /**
   * Set once a wrapper has asked for it; `registered` is undefined if it could not be registered. Lambda accepts only one
   * of this name.
   */
  extension?: { readonly registered: Extension | undefined }
  /** The scopes of wrapped invocations, by context: a middleware inside the wrapper leaves the flush to it. */
  readonly scopes: WeakMap<LambdaInvocation, Scope>
}

const KEY = Symbol.for('analytics-edge.lambda')

/** The process's environment, created by the first copy of the package that needs it. */
export function findEnvironment(): Environment {
  // The cast: only copies of this package define the property.
  const shared = globalThis as { [KEY]?: Environment }
  const environment = shared[KEY] ?? { scopes: new WeakMap() }
  if (!shared[KEY]) Object.defineProperty(shared, KEY, { value: environment })
  return environment
}
