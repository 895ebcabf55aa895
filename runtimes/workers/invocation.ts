import type { Analytics, Scope, ScopeOptions } from '../../src/index.ts'
import { type IdentifyOptions, openIdentified } from '../../src/kit/index.ts'
import type { WorkersContext } from './host-types.ts'

export function openScope(
  client: Analytics,
  ctx: Pick<WorkersContext, 'waitUntil'>,
  timeout: number | undefined,
): Scope {
  return client.scope(toScopeOptions(ctx, timeout))
}

export function toScopeOptions(ctx: Pick<WorkersContext, 'waitUntil'>, timeout: number | undefined): ScopeOptions {
  // Called as a method, as workerd requires.
  return { waitUntil: (promise) => ctx.waitUntil(promise), timeout }
}

/** Identifies who made a request; only for `fetch`. */
export type Identifying = IdentifyOptions<[request: unknown, env: unknown]>

/** Runs a `fetch` as an invocation, identified by its request. */
export async function invokeIdentified(
  client: Analytics,
  options: ScopeOptions,
  identifying: Identifying,
  [request, env]: [request: unknown, env: unknown],
  fetch: (scope: Scope) => unknown,
): Promise<unknown> {
  const { scope, respond } = await openIdentified(client, options, identifying, request, env)
  // The cast: a `fetch` returns a Response.
  return respond((await scope.run(() => fetch(scope))) as object)
}

/** Runs a method as an invocation. Keeps what it returns or throws, and keeps a synchronous method synchronous. */
export function invoke(scope: Scope, method: () => unknown): unknown {
  let returned: unknown
  let thrown: { error: unknown } | undefined
  const run = async () => {
    try {
      returned = method()
    } catch (error) {
      thrown = { error }
    }
    // Other thenables are not awaited here: each `then` may repeat their work, and the caller will call it once.
    return returned instanceof Promise ? returned : undefined
  }
  // Entered, so that a method called by another finds its scope. The caller sees a rejection in the returned value.
  scope.run(() => scope.enter(run)).catch(() => {})
  if (thrown) throw thrown.error
  return returned
}
