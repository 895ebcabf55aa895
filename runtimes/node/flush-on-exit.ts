import process from 'node:process'
import { type Analytics, ValidationError } from '../../src/index.ts'

export interface FlushOnExitOptions {
  /** Signals that end the process after a flush. @default ['SIGINT', 'SIGTERM'] */
  signals?: NodeJS.Signals[] | undefined
  /** Milliseconds, above 0, that the flush may take. @default 5000 */
  timeout?: number | undefined
}

/**
 * Flushes a client before the process ends.
 *
 * - On a signal: accepts no more events, flushes, then ends the process by that signal, which a shell shows as status 128 + its
 *   number. A second signal ends it at once. Where the application has listeners of its own for the signal, the end is theirs:
 *   the client is only flushed, and stays open for what the application still does.
 * - On natural exit: flushes what is pending; the exit code stays the program's own.
 *
 * Nothing can be done about `process.exit()`, an uncaught exception or SIGKILL: before the first, `await
 * analytics.closeAndFlush()`.
 *
 * @returns a function that takes the listeners away again
 */
export function flushOnExit(
  analytics: Analytics,
  { signals = ['SIGINT', 'SIGTERM'], timeout = 5_000 }: FlushOnExitOptions = {},
): () => void {
  if (!Number.isFinite(timeout) || timeout <= 0) {
    throw new ValidationError('timeout', `must be a number of milliseconds above 0, not ${timeout}`)
  }
  let isEnding = false

  const endBy = (signal: NodeJS.Signals) => {
    dispose()
    process.kill(process.pid, signal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) {
      void analytics.flush({ timeout })
    } else if (isEnding) {
      endBy(signal)
    } else {
      isEnding = true
      void analytics.closeAndFlush({ timeout }).then(() => endBy(signal))
    }
  }
  // Emitted again once the flush has let the process run dry; it ends when nothing is pending any more.
  const onBeforeExit = () => void analytics.flush({ timeout })

  const dispose = () => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('beforeExit', onBeforeExit)
  }
  analytics.unref()
  for (const signal of signals) process.on(signal, onSignal)
  process.on('beforeExit', onBeforeExit)
  return dispose
}
