import process from 'node:process'
import { type Analytics, checkMilliseconds } from '../../src/index.ts'
import type { ExitSignal } from './exit-signal.ts'

export interface FlushOnExitOptions {
  /** Signals that end the process after a flush. @default ['SIGINT', 'SIGTERM'] */
  signals?: ExitSignal[] | undefined
  /** Milliseconds that the flush may take: 1 to 2147483647. @default 5000 */
  timeout?: number | undefined
}

interface Registration {
  readonly analytics: Analytics
  readonly signals: readonly NodeJS.Signals[]
  readonly timeout: number
}

/** All clients of the process: one listener serves them, so that each is flushed before the process ends. */
const registrations = new Set<Registration>()
/** The signals that the process listens for on their behalf. */
const listened = new Set<NodeJS.Signals>()
let isEnding = false

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
 * @returns a function that undoes it
 */
export function flushOnExit(
  analytics: Analytics,
  { signals = ['SIGINT', 'SIGTERM'], timeout = 5_000 }: FlushOnExitOptions = {},
): () => void {
  checkMilliseconds('timeout', timeout)
  const registration = { analytics, signals, timeout }
  registrations.add(registration)
  listen()
  return () => {
    registrations.delete(registration)
    listen()
    if (![...registrations].some((other) => other.analytics === analytics)) analytics.ref()
  }
}

/** Has the process's listeners agree with the registrations. */
function listen(): void {
  for (const signal of new Set([...listened, ...[...registrations].flatMap(({ signals }) => signals)])) {
    process.off(signal, onSignal)
    listened.delete(signal)
    if (clientsOf(signal).length === 0) continue
    // Before the application's: a listener added with `once` is gone when later ones are called, and would not be counted.
    process.prependListener(signal, onSignal)
    listened.add(signal)
  }
  process.off('beforeExit', onBeforeExit)
  if (registrations.size > 0) process.on('beforeExit', onBeforeExit)
  for (const { analytics } of registrations) analytics.unref()
}

function clientsOf(signal: NodeJS.Signals): Registration[] {
  return [...registrations].filter(({ signals }) => signals.includes(signal))
}

function onSignal(signal: NodeJS.Signals): void {
  const clients = clientsOf(signal)
  if (process.listenerCount(signal) > 1) {
    for (const { analytics, timeout } of clients) void analytics.flush({ timeout })
  } else if (isEnding) {
    endBy(signal)
  } else {
    isEnding = true
    const flushes = clients.map(({ analytics, timeout }) => analytics.closeAndFlush({ timeout }))
    void Promise.all(flushes).then(() => endBy(signal))
  }
}

/** Emitted again once a flush has let the process run dry; it ends when nothing is pending any more. */
function onBeforeExit(): void {
  for (const { analytics, timeout } of registrations) void analytics.flush({ timeout })
}

function endBy(signal: NodeJS.Signals): void {
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}
