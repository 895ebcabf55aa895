// What `analytics-edge/workers` means on Workers, by the `workerd` condition of the package's exports: the same, and it knows the runtime.
// Elsewhere, in a unit test on Node for example, there is no `cloudflare:workers` to import.

import { provideHost } from './provide-host.ts'

export * from './index.ts'

provideHost()
