// Where a wrapper's client comes from.

import { Analytics, CLIENT, PROTOCOL, setPrivate } from '../analytics.ts'
import { DeliveryError, ValidationError } from '../errors.ts'
import { describeError } from '../lib/describe-error.ts'
import { EVENT_TYPES } from '../lib/event-types.ts'
import { Reporter } from '../lib/reporter.ts'
import { VERSION } from '../lib/version.ts'
import type { AnalyticsSettings } from '../settings/settings.ts'
import type { AnyCalls, IdentityOptions } from '../types.ts'

/**
 * The first argument of a wrapper: settings, or a client, which may have listeners and plugins. A client of
 * `analytics-edge/segment` is recognised by the members that Segment's library lacks.
 */
export type ClientSource<Calls extends AnyCalls = AnyCalls> =
  | AnalyticsSettings<Calls>
  | Analytics<IdentityOptions, Calls>
  | Pick<Analytics, 'VERSION' | 'ready' | 'pendingCount'>

type Lookup<Args extends readonly unknown[]> = (...args: Args) => Analytics

// The same source means the same client, wherever it is passed.
const clients = new WeakMap<object, Analytics>()
const lookups = new WeakMap<object, unknown>()

/** The client of a wrapper when its module is loaded; made of settings, only the wrapper has it. Throws for what is neither. */
export function toClient(source: ClientSource): Analytics {
  if (isClient(source)) return source
  const known = clients.get(source)
  if (known) return known
  // The cast: anything but a client must be settings.
  const client = new Analytics(source as AnalyticsSettings)
  setPrivate(client, true)
  clients.set(source, client)
  return client
}

/** The client of a wrapper from its first request on. The lookup never throws: with invalid settings, it returns a client whose events fail. */
export function createClientLookup<Args extends readonly unknown[]>(
  source: ClientSource | ((...args: Args) => ClientSource),
  where = 'given to withAnalytics',
): Lookup<Args> {
  // The cast: it was created for this source, which accepts what its callers pass.
  const known = lookups.get(source) as Lookup<Args> | undefined
  if (known) return known
  let client: Analytics | undefined
  let failing: Analytics | undefined
  const lookup: Lookup<Args> = (...args) => {
    if (client) return client
    try {
      client = toClient(typeof source === 'function' ? source(...args) : source)
      return client
    } catch (error) {
      failing ??= createFailingClient(error, where)
      return failing
    }
  }
  lookups.set(source, lookup)
  return lookup
}

function createFailingClient(error: unknown, where: string): Analytics {
  const problem = `no event can be delivered: the settings ${where} are wrong: ${describeError(error)}`
  new Reporter((text) => text).warn(problem)
  const client = new Analytics({ writeKey: 'none', maxRetries: 0, httpClient: () => Promise.reject(error) })
  const fail = () => {
    throw new DeliveryError('ERR_INVALID_SETTINGS', problem, { cause: error })
  }
  const hooks = Object.fromEntries(EVENT_TYPES.map((type) => [type, fail]))
  void client.register({ name: 'invalid settings', type: 'before', ...hooks })
  return client
}

function isClient(source: ClientSource): source is Analytics {
  // The casts: a JavaScript program or another version may pass anything.
  const {
    [CLIENT]: protocol,
    scope,
    VERSION: theirs,
  } = (source ?? {}) as unknown as Partial<Analytics> & Record<symbol, unknown>
  // A fake has no protocol: it has the methods that the wrapper calls, or the test is incomplete.
  if (protocol === PROTOCOL || (protocol === undefined && typeof scope === 'function')) return true
  if (protocol === undefined) return false
  throw new ValidationError(
    'client',
    `was made by analytics-edge ${theirs}, which does not work with ${VERSION}: install one version`,
  )
}
