import { Analytics, CLIENT, DETACHABLE, PROTOCOL } from './analytics.ts'
import { createClientLookup } from './kit/client-source.ts'
import { describeError } from './lib/describe-error.ts'
import { Reporter } from './lib/reporter.ts'
import { throwInvalid } from './settings/check.ts'
import type { AnalyticsSettings } from './settings/settings.ts'
import type { AnyCalls, FlushResult, IdentityOptions } from './types.ts'

/** Methods that prepare a client, and can wait until it exists. */
const PREPARATIONS = ['on', 'once', 'off', 'register', 'deregister', 'ref', 'unref']

type Act = (client: Analytics) => unknown
type Method = (...args: unknown[]) => unknown

/**
 * Creates a client for module scope, where secrets may not be available yet. It calls `source` at the first call that needs the settings;
 * listeners and plugins can be added before. Wrong settings, such as a missing secret, do not throw: they are logged, each event
 * fails with `ERR_INVALID_SETTINGS`, and the next call tries again.
 *
 * @param source returns the settings
 * @param Client the class of the client, for example the `Analytics` of `analytics-edge/vercel`. @default Analytics
 * @throws {@link ValidationError} if `source` is not a function
 * @example
 * export const analytics = createAnalytics(() => ({ writeKey: process.env.SEGMENT_WRITE_KEY ?? '' }))
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#configuration | Segment's library: configuration}
 */
export function createAnalytics<Calls extends AnyCalls = AnyCalls>(
  source: () => AnalyticsSettings<Calls>,
  Client: new (settings: AnalyticsSettings<Calls>) => Analytics = Analytics,
): Analytics<IdentityOptions, Calls> {
  if (typeof source !== 'function') throwInvalid('source', 'a function: createAnalytics(() => settings)', source)
  let isReady = false
  const lookup = createClientLookup(() => {
    const client = new Client(source())
    isReady = true
    return client
  }, 'given to createAnalytics')
  // Kept only until a client exists, because a listener that is added for each request must not pile up.
  const preparations: Act[] = []
  let latest: Analytics | undefined
  const find = (): Analytics => {
    const client = lookup()
    if (client !== latest) {
      latest = client
      const due = isReady ? preparations.splice(0) : preparations
      for (const prepare of due) prepare(client)
    }
    return client
  }

  const call = (name: string, args: unknown[]): unknown => {
    const act: Act = (client) => (Reflect.get(client, name) as Method).apply(client, args)
    if (PREPARATIONS.includes(name)) {
      if (!isReady) preparations.push(containRejection(act))
      const result = latest && act(latest)
      return name.endsWith('register') ? Promise.resolve(result) : lazy
    }
    // Nothing has been tracked, so there is nothing to wait for.
    if (!latest && /flush$/i.test(name)) {
      if (name === 'closeAndFlush') preparations.push(act)
      return Promise.resolve<FlushResult>({ delivered: 0, failed: 0 })
    }
    const result = act(find())
    return result === latest ? lazy : result
  }

  // The cast: what is defined here, and VERSION, is all that a client has.
  const lazy = Object.create(Analytics.prototype, {
    [CLIENT]: { value: PROTOCOL },
    ready: { value: Promise.resolve() },
    pendingCount: { get: () => latest?.pendingCount ?? 0 },
    identity: { get: () => find().identity },
  }) as Analytics
  for (const name of new Set([...DETACHABLE, ...PREPARATIONS, 'current', 'enter', 'run'])) {
    const value = (...args: unknown[]) => call(name, args)
    Object.defineProperty(lazy, name, { value, writable: true, configurable: true })
  }
  return lazy
}

/** Nothing waits for what is registered before there is a client. */
function containRejection(act: Act): Act {
  return (client) => {
    Promise.resolve(act(client)).catch((error) => new Reporter((text) => text).warn(describeError(error)))
  }
}
