// `import … from 'analytics-edge'` on Workers, by the `workerd` condition in the package's exports: the same client,
// bound to the request that calls it, so that it also works outside wrappers and scopes.

// A namespace import, because importing a name that an older runtime lacks would keep the Worker from starting.
import * as host from 'cloudflare:workers'
import type { AnalyticsSettings, AnyCalls, IdentityOptions, OptionalIdentity, ScopeOptions } from '../../src/index.ts'
import { Analytics as Client, createAnalytics as createClient } from '../../src/index.ts'
import { provideHost } from './provide-host.ts'

export * from '../../src/index.ts'

export class Analytics<
  Identity extends OptionalIdentity = IdentityOptions,
  Calls extends AnyCalls = AnyCalls,
> extends Client<Identity, Calls> {
  constructor(settings: AnalyticsSettings<Calls>, options: ScopeOptions = {}) {
    super(settings, { waitUntil: host.waitUntil, ...options })
  }
}

export default Analytics

export function createAnalytics<Calls extends AnyCalls = AnyCalls>(
  source: () => AnalyticsSettings<Calls>,
): Client<IdentityOptions, Calls> {
  return createClient(source, Analytics)
}

provideHost()
