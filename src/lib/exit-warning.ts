// A process that ends with pending events warns once, however many copies of the package are loaded.

interface PendingEvents {
  /** Queues with pending events. */
  readonly queues: Set<{ readonly pendingCount: number }>
  /**
   * Writes the warning, if there are pending events.
   * @param newCount events that are not in any queue yet
   */
  readonly warn: (newCount?: number) => void
}

const KEY = Symbol.for('analytics-edge.pendingEvents')

interface ExitGlobals {
  [KEY]?: PendingEvents
  process?: {
    prependListener?: (event: 'exit', listener: () => void) => unknown
    /** In Node and close imitations: set once the `exit` listeners start running. */
    readonly _exiting?: boolean
  }
}

// A cast, because no loaded type library knows these names.
const globals = globalThis as ExitGlobals

/** Those of the process: the first copy of the package that needs them brings them. */
export function findPendingEvents(): PendingEvents {
  const { process } = globals
  if (!globals[KEY]) {
    const pending = create()
    Object.defineProperty(globals, KEY, { value: pending })
    // Runs before the application's listeners: if one of those throws or calls process.exit(), no later listener runs.
    process?.prependListener?.('exit', () => pending.warn())
  }
  const pending = globals[KEY] as PendingEvents
  // An `exit` listener made this call, and nothing runs after those.
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
          'Before process.exit(), await analytics.closeAndFlush()',
      )
    } catch {
      // A console or another version's queue may throw; the process must still exit.
    }
  }
  return { queues, warn }
}
