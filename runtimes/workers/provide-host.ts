// Gives the core what workerd offers beyond Web standards, from whichever entry of the package a Worker imports.

// A namespace import, because importing a name that an older runtime lacks would keep the Worker from starting.
import * as host from 'cloudflare:workers'
import { provideRequestKey, provideStore } from '../../src/kit/index.ts'
import { createExportsStore } from './exports-store.ts'

export function provideHost(): void {
  // AsyncLocalStorage is missing without `nodejs_compat`.
  if (host.withExports) provideStore(createExportsStore(host, host.withExports))
  // In newer builds, each request has its own span object.
  provideRequestKey(() => host.tracing?.getActiveSpan?.())
}
