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
   * Announces an invocation that needs no hold; returns a function to call when it ends and there is nothing to wait for.
   */
  enter(requestId: string): () => void
}

/** State shared by all copies of the package. A later version may add to it, but must never change it. */
interface Environment {
  /**
   * Set once a wrapper has requested it; `registered` is undefined if it could not be registered. Lambda accepts only one
   * of this name.
   */
  extension?: { readonly registered: Extension | undefined }
  /** The scopes of wrapped invocations, by context: a middleware inside the wrapper does not flush them itself. */
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
