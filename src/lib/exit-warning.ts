// A process that ends with events pending says so, once, whatever number of copies of the package are loaded.

interface PendingEvents {
  /** Queues that have some. */
  readonly queues: Set<{ readonly pendingCount: number }>
  /** Writes the one line, if there is something to say. @param newCount events that no queue here has yet */
  readonly warn: (newCount?: number) => void
}

const KEY = Symbol.for('analytics-edge.pendingEvents')

interface ExitGlobals {
  [KEY]?: PendingEvents
  process?: {
    prependListener?: (event: 'exit', listener: () => void) => unknown
    /** In Node, and where it is imitated well: whether the listeners for `exit` are being called, or have been. */
    readonly _exiting?: boolean
  }
}

// A cast, since no type library is loaded that would know these names.
const globals = globalThis as ExitGlobals

/** Those of the process: the first copy of the package that needs them brings them. */
export function findPendingEvents(): PendingEvents {
  const { process } = globals
  if (!globals[KEY]) {
    const pending = create()
    Object.defineProperty(globals, KEY, { value: pending })
    // Before those of the application: one that throws, or calls process.exit() itself, is the last that is called.
    process?.prependListener?.('exit', () => pending.warn())
  }
  const pending = globals[KEY] as PendingEvents
  // Asked for by the call of such a listener, and nothing is called after those.
  if (process?._exiting) pending.warn(1)
  return pending
}

function create(): PendingEvents {
  const queues = new Set<{ readonly pendingCount: number }>()
  let hasWarned = false
  const warn = (newCount = 0) => {
    if (hasWarned) return
    try {
      const count = [...queues].reduce((total, { pendingCount }) => total + pendingCount, newCount)
      if (count === 0) return
      hasWarned = true
      console.warn(
        `analytics-edge: the process ends with ${count} ${count === 1 ? 'event' : 'events'} pending, lost unless already received. ` +
          'Before it ends, by process.exit() for example, await analytics.closeAndFlush()',
      )
    } catch {
      // A console, or a queue of another version, may throw; the end goes on.
    }
  }
  return { queues, warn }
}
