type SignalListener = (signal: NodeJS.Signals) => void

/** How long a `signal-exit` listener gets to terminate the process once it is the only one. */
const RAISED_MS = 1_000
/** A process that still runs after this long was not terminated by the signal. */
const KILLED_MS = 100

/** Whether code other than ours may terminate the process on this signal. */
export function hasApplicationListeners(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): boolean {
  return countOthers(host, signal, own) > countSignalExit(host)
}

/**
 * Terminates the process with a signal. Listeners of `signal-exit` (execa, proper-lockfile and many more) run first: they
 * clean up and raise the signal again, but only if there are no other listeners.
 */
export function terminateBySignal(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): void {
  const isForApplication = hasApplicationListeners(host, signal, own)
  host.off(signal, own)
  if (isForApplication || host.listenerCount(signal) === 0) {
    terminateByForce(host, signal)
    return
  }
  raise(host, signal)
  // Several copies of `signal-exit` may still wait for each other.
  setTimeout(() => terminateByForce(host, signal), RAISED_MS)
}

/** Terminates the process with a signal, whatever listens for it. */
export function terminateByForce(host: NodeJS.Process, signal: NodeJS.Signals): void {
  host.removeAllListeners(signal)
  raise(host, signal)
  // Process 1 of a container does not receive signals without a listener, and some signals terminate no process.
  setTimeout(() => exit(host, 128 + numberOf(host, signal)), KILLED_MS)
}

function raise(host: NodeJS.Process, signal: NodeJS.Signals): void {
  try {
    host.kill(host.pid, signal)
  } catch {
    // Windows cannot send every signal.
  }
}

function exit(host: NodeJS.Process, code: number): void {
  try {
    host.exit(code)
  } finally {
    // An `exit` listener threw. The second call runs no listeners.
    host.exit(code)
  }
}

/** Node 20.15 and older lack `getBuiltinModule`; the number is then that of SIGTERM. */
function numberOf(host: NodeJS.Process, signal: NodeJS.Signals): number {
  return host.getBuiltinModule?.('node:os').constants.signals[signal] ?? 15
}

function countOthers(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): number {
  return host.listeners(signal).filter((listener) => listener !== own).length
}

/**
 * How many listeners per signal belong to `signal-exit`: version 4 keeps a count on the global object, version 3 on the
 * process.
 */
function countSignalExit(host: NodeJS.Process): number {
  // The casts: both are records that `signal-exit` keeps for its own copies.
  const version4 = (globalThis as { [Name in symbol]?: { count?: unknown } })[Symbol.for('signal-exit emitter')]
  const version3 = (host as { __signal_exit_emitter__?: { count?: unknown } }).__signal_exit_emitter__
  return [version4?.count, version3?.count].reduce<number>(
    (total, count) => total + (typeof count === 'number' ? count : 0),
    0,
  )
}
