import { ValidationError } from '../../src/index.ts'
import { checkMilliseconds } from '../../src/kit/index.ts'
import { type ExitClient, findExitRegistry } from './exit-registry.ts'
import type { ExitSignal } from './exit-signal.ts'

export interface FlushOnExitOptions {
  /**
   * Signals on which the process is flushed and terminated.
   * @default ['SIGINT', 'SIGTERM']
   */
  signals?: ExitSignal[] | undefined
  /**
   * Milliseconds that the flush may take: 1 to 2147483647.
   * @default 5000
   */
  timeout?: number | undefined
  /**
   * Milliseconds after that flush within which the application's own listeners for the signal must exit the process: 1 to 2147483647.
   * If it is still running then, the client is flushed again and the process is terminated.
   * @default 30000
   */
  shutdownTimeout?: number | undefined
}

/**
 * Flushes a client before the process exits.
 *
 * - On a signal: accepts no more events, flushes, then terminates the process with that signal, which a shell shows as status 128 + its
 *   number. A second signal terminates it at once. (The same signal again within half a second takes effect when that time is over,
 *   because tools forward Ctrl-C twice.)
 * - If the application also listens for the signal, it exits the process itself: the client is only flushed, and stays open.
 *   If the process is still running after `shutdownTimeout`, it is terminated. Listeners of `signal-exit`, which wait for others
 *   to exit the process, and other copies of this package do not count as the application's.
 * - On natural exit: flushes what is pending; the exit code stays the same.
 * - On `process.exit()` and on an uncaught exception, nothing can be sent any more. One line on the console gives the number of pending
 *   events. Call `await analytics.closeAndFlush()` before `process.exit()`.
 *
 * All copies of the package in a process share one set of listeners. A worker thread gets no signals, so there only natural exit
 * and `process.exit()` apply. On hosts without a process, it does nothing.
 *
 * @returns a function that removes the listeners
 * @throws ValidationError if `analytics` is not a client, and for a wrong option
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
