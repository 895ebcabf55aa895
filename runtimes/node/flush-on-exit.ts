import { checkMilliseconds, ValidationError } from '../../src/index.ts'
import { type ExitClient, findExitRegistry } from './exit-registry.ts'
import type { ExitSignal } from './exit-signal.ts'

export interface FlushOnExitOptions {
  /**
   * Signals that end the process after a flush.
   * @default ['SIGINT', 'SIGTERM']
   */
  signals?: ExitSignal[] | undefined
  /**
   * Milliseconds that the flush may take: 1 to 2147483647.
   * @default 5000
   */
  timeout?: number | undefined
  /**
   * Milliseconds after that flush within which the application's own listeners for the signal must end the process: 1 to 2147483647.
   * If it still runs then, the client is flushed again and the process ends.
   * @default 30000
   */
  shutdownTimeout?: number | undefined
}

/**
 * Flushes a client before the process ends.
 *
 * - On a signal: accepts no more events, flushes, then ends the process by that signal, which a shell shows as status 128 + its
 *   number. A second signal ends it at once. (A repetition within half a second counts when that time is over: tools forward Ctrl-C
 *   twice.)
 * - If the application listens for the signal as well, it ends the process itself: the client is only flushed, and stays open.
 *   If the process still runs after `shutdownTimeout`, it ends anyway. Listeners of `signal-exit`, which wait for others
 *   to end the process, and other copies of this package do not count as the application's.
 * - On natural exit: flushes what is pending; the exit code stays the same.
 * - On `process.exit()` and on an uncaught exception, nothing can be sent any more. One line on the console says how many events
 *   were pending. Call `await analytics.closeAndFlush()` before `process.exit()`.
 *
 * All copies of the package in a process share one set of listeners. A worker thread gets no signals, so there only natural exit
 * and `process.exit()` apply. On hosts without a process, it does nothing.
 *
 * @returns a function that removes the listeners
 * @throws ValidationError for what is not a client, and for a wrong option
 * @example
 * import { Analytics } from 'analytics-edge'
 * import { flushOnExit } from 'analytics-edge/node'
 *
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 * flushOnExit(analytics)
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#graceful-shutdown | Segment's library: graceful shutdown}
 */
export function flushOnExit(analytics: ExitClient, options: FlushOnExitOptions = {}): () => void {
  const { signals = ['SIGINT', 'SIGTERM'], timeout = 5_000, shutdownTimeout = 30_000 } = options
  if (typeof analytics?.flush !== 'function' || typeof analytics.closeAndFlush !== 'function') {
    throw new ValidationError('analytics', 'must be a client, with the methods flush and closeAndFlush')
  }
  checkMilliseconds('timeout', timeout)
  checkMilliseconds('shutdownTimeout', shutdownTimeout)
  // Not `node:process`: a bundle for the edge may contain this module, and could not load that one.
  const host: Partial<NodeJS.Process> | undefined = globalThis.process
  if (typeof host?.prependListener !== 'function') return () => {}
  checkSignals(signals, globalThis.process)
  return findExitRegistry(globalThis.process).add({
    client: analytics,
    signals: [...signals],
    timeoutMs: timeout,
    shutdownTimeoutMs: shutdownTimeout,
  })
}

function checkSignals(signals: unknown, host: NodeJS.Process): void {
  // Older versions of Node 20 lack `getBuiltinModule`; there, a misspelt signal simply never arrives.
  const known: object | undefined = host.getBuiltinModule?.('node:os').constants.signals
  const isUsable = (name: unknown) =>
    typeof name === 'string' &&
    name.startsWith('SIG') &&
    !['SIGKILL', 'SIGSTOP'].includes(name) &&
    (!known || name in known)
  if (Array.isArray(signals) && signals.every(isUsable)) return
  throw new ValidationError('signals', "must be an array of signals that can be listened for, like ['SIGTERM']")
}
