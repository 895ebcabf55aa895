import type { Scope } from '../../src/index.ts'
import type { Hold } from './held-invocation.ts'
import type { LambdaInvocation } from './types.ts'

/** The environment's extension, by what one copy of the package knows of another's. */
export interface Extension {
  /** Holds the environment for an invocation; undefined where that is not possible, and the flush has to come first. */
  hold(requestId: string): Hold | undefined
  /** Notes an invocation that needs no hold; returns what to call at its end, when there is nothing left to wait for. */
  enter(requestId: string): () => void
}

/** What all copies of the package share. A later version may add to this, but never change it. */
interface Environment {
  /** Once a wrapper has asked for one; undefined inside if it could not be registered. Lambda takes one of a name. */
  extension?: { readonly joined: Extension | undefined }
  /** The scopes of invocations that a wrapper looks after, by their contexts: a middleware inside one leaves the flush to it. */
  readonly scopes: WeakMap<LambdaInvocation, Scope>
}

const KEY = Symbol.for('analytics-edge.lambda')

/** That of the process: the first copy of the package that needs it brings it. */
export function findEnvironment(): Environment {
  // The cast: the property is ours, whichever copy of us has defined it.
  const shared = globalThis as { [KEY]?: Environment }
  const environment = shared[KEY] ?? { scopes: new WeakMap() }
  if (!shared[KEY]) Object.defineProperty(shared, KEY, { value: environment })
  return environment
}
