// What `analytics-edge/node` means in a bundle for the edge or a browser, by the conditions of the package's exports: code that a server and
// its middleware share can import it on both. Nothing of Node may be imported here.

import type * as node from './index.ts'

export type { ExitSignal, FlushOnExitOptions } from './index.ts'

/** Does nothing: no process ends here. The events of an invocation are its wrapper's or its scope's. */
export const flushOnExit: typeof node.flushOnExit = () => () => {}
