// What `import … from 'analytics-edge'` means on Workers, by the `workerd` condition of the package's exports: the same
// client, bound to whichever request calls it, so that it works outside a wrapper or scope, too.

// The namespace, since an import by name of what an older runtime lacks would keep the Worker from starting.
import * as host from 'cloudflare:workers'
import type { AnalyticsSettings, ScopeOptions } from '../../src/index.ts'
import { Analytics as Client, provideRequestKey, provideStore } from '../../src/index.ts'
import { createExportsStore } from './exports-store.ts'

export * from '../../src/index.ts'

export class Analytics extends Client {
  constructor(settings: AnalyticsSettings, options: ScopeOptions = {}) {
    super(settings, { waitUntil: host.waitUntil, ...options })
  }
}

export default Analytics

// Without `nodejs_compat` there is no AsyncLocalStorage.
if (host.withExports) provideStore(createExportsStore(host, host.withExports))
// The span of a request, which newer builds have, is an object of its own.
provideRequestKey(() => host.tracing?.getActiveSpan?.())
