// What workerd offers beyond Web standards, given to the core: by whichever entry of the package a Worker imports.

// The namespace, since an import by name of what an older runtime lacks would keep the Worker from starting.
import * as host from 'cloudflare:workers'
import { provideRequestKey, provideStore } from '../../src/index.ts'
import { createExportsStore } from './exports-store.ts'

export function provideHost(): void {
  // Without `nodejs_compat` there is no AsyncLocalStorage.
  if (host.withExports) provideStore(createExportsStore(host, host.withExports))
  // The span of a request, which newer builds have, is an object of its own.
  provideRequestKey(() => host.tracing?.getActiveSpan?.())
}
