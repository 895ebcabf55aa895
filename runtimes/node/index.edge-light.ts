// `analytics-edge/node` in a bundle for the edge or a browser, by the conditions in the package's exports, so that code
// shared by a server and its middleware can import it. Must not import anything of Node.

import type * as node from './index.ts'

export type { ExitSignal, FlushOnExitOptions } from './index.ts'

/** Does nothing: there is no process. A wrapper or a scope sends the events of an invocation. */
export const flushOnExit: typeof node.flushOnExit = () => () => {}
