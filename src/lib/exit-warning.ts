// A process that ends with events pending says so, once, whatever number of copies of the package are loaded.

interface PendingEvents {
  /** Queues that have some. */
  readonly queues: Set<{ readonly pendingCount: number }>
  /** Writes the one line, if there is something to say. */
  readonly warn: () => void
}

const KEY = Symbol.for('analytics-edge.pendingEvents')

interface ExitGlobals {
  [KEY]?: PendingEvents
  process?: { on?: (event: 'exit', listener: () => void) => unknown }
}

// A cast, since no type library is loaded that would know these names.
const globals = globalThis as ExitGlobals

/** Those of the process: the first copy of the package that needs them brings them. */
export function findPendingEvents(): PendingEvents {
  if (!globals[KEY]) {
    const pending = create()
    Object.defineProperty(globals, KEY, { value: pending })
    globals.process?.on?.('exit', pending.warn)
  }
  return globals[KEY] as PendingEvents
}

function create(): PendingEvents {
  const queues = new Set<{ readonly pendingCount: number }>()
  let hasWarned = false
  const warn = () => {
    if (hasWarned) return
    try {
      const count = [...queues].reduce((total, { pendingCount }) => total + pendingCount, 0)
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
