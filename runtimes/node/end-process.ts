type SignalListener = (signal: NodeJS.Signals) => void

/** What a listener of `signal-exit` gets to end the process, once it finds itself alone. */
const RAISED_MS = 1_000
/** A signal that ends a process does so within this time; what still runs then was not ended by it. */
const KILLED_MS = 100

/** Whether somebody but us may end the process for this signal. */
export function hasApplicationListeners(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): boolean {
  return countOthers(host, signal, own) > countSignalExit(host)
}

/**
 * Ends the process by a signal. Listeners of `signal-exit` (execa, proper-lockfile and many more) run first: they clean up, and
 * raise the signal once more themselves, but only if they are the only ones that listen.
 */
export function endBySignal(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): void {
  const isForApplication = hasApplicationListeners(host, signal, own)
  host.off(signal, own)
  if (isForApplication || host.listenerCount(signal) === 0) {
    endByForce(host, signal)
    return
  }
  raise(host, signal)
  // They may still wait for each other, as several copies of its versions do.
  setTimeout(() => endByForce(host, signal), RAISED_MS)
}

/** Ends the process by a signal, whoever listens. */
export function endByForce(host: NodeJS.Process, signal: NodeJS.Signals): void {
  host.removeAllListeners(signal)
  raise(host, signal)
  // Process 1 of a container does not get a signal that nobody listens for; and some signals end no process.
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
    // An `exit` listener threw. The second call runs none.
    host.exit(code)
  }
}

/** Node 20.15 and older have no `getBuiltinModule`: there, it is that of SIGTERM. */
function numberOf(host: NodeJS.Process, signal: NodeJS.Signals): number {
  return host.getBuiltinModule?.('node:os').constants.signals[signal] ?? 15
}

function countOthers(host: NodeJS.Process, signal: NodeJS.Signals, own: SignalListener): number {
  return host.listeners(signal).filter((listener) => listener !== own).length
}

/** How many listeners for each signal are those of `signal-exit`: its versions keep count, version 4 on the global object, version 3 on the process. */
function countSignalExit(host: NodeJS.Process): number {
  // The casts: both are the record that `signal-exit` keeps for its own copies.
  const version4 = (globalThis as { [Name in symbol]?: { count?: unknown } })[Symbol.for('signal-exit emitter')]
  const version3 = (host as { __signal_exit_emitter__?: { count?: unknown } }).__signal_exit_emitter__
  return [version4?.count, version3?.count].reduce<number>(
    (total, count) => total + (typeof count === 'number' ? count : 0),
    0,
  )
}
