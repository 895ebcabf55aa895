// `analytics-edge/workers` on Workers, by the `workerd` condition in the package's exports: the same, but it knows the
// runtime. Elsewhere, for example in a unit test on Node, there is no `cloudflare:workers` to import.

import { provideHost } from './provide-host.ts'

export * from './index.ts'

provideHost()
