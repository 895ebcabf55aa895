import { type Analytics, type IdentifyOptions, openIdentified, type Scope, type ScopeOptions } from '../../src/index.ts'
import type { WorkersContext } from './host-types.ts'

/** Opens the scope of an invocation. */
export function openScope(
  client: Analytics,
  ctx: Pick<WorkersContext, 'waitUntil'>,
  timeout: number | undefined,
): Scope {
  return client.scope(toScopeOptions(ctx, timeout))
}

export function toScopeOptions(ctx: Pick<WorkersContext, 'waitUntil'>, timeout: number | undefined): ScopeOptions {
  // Called as a method, as workerd wants it.
  return { waitUntil: (promise) => ctx.waitUntil(promise), timeout }
}

/** Who has made a request, which only a `fetch` has. */
export type Identifying = IdentifyOptions<[request: unknown, env: unknown]>

/** Runs a `fetch` as an invocation of whoever has made the request. */
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

/** Runs a method as an invocation. What it returns or throws stays its own, and a method that is not async stays so. */
export function invoke(scope: Scope, method: () => unknown): unknown {
  let returned: unknown
  let thrown: { error: unknown } | undefined
  const run = async () => {
    try {
      returned = method()
    } catch (error) {
      thrown = { error }
    }
    // Another thenable may do its work each time that it is asked: it is for whoever called to ask, once.
    return returned instanceof Promise ? returned : undefined
  }
  // A method that calls another finds its scope by what it has entered. The caller sees a rejection in what was returned.
  scope.run(() => scope.enter(run)).catch(() => {})
  if (thrown) throw thrown.error
  return returned
}
