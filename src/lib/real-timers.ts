/** A runtime's timers, called without `this`. */
export interface Timers {
  readonly setTimeout: (this: void, act: () => void, delayMs: number) => unknown
  readonly clearTimeout: (this: void, timer: unknown) => void
}

// Read when the module loads, because test runners replace the globals: jest and vitest usually later, Node's runner
// without a trace. The cast: a timer is whatever the runtime returns.
const atLoad = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout } as Timers

/** If a fake clock was installed before the module loaded and still is. */
const atOnce: Timers = {
  setTimeout: (act) => {
    const task = { act }
    void Promise.resolve().then(() => task.act())
    return task
  },
  // The cast: it only ever receives what `setTimeout` returned.
  clearTimeout: (task) => void Object.assign(task as object, { act() {} }),
}

/**
 * Timers for deferring work to a later turn, not for time that a test would advance: they run while a fake clock stands
 * still.
 */
export function findRealTimers(): Timers {
  return [atLoad, globalThis as Timers].find(({ setTimeout }) => !isFake(setTimeout)) ?? atOnce
}

/** Recognises the fake timers of jest and vitest, including jest's legacy ones. */
function isFake(timer: object): boolean {
  return 'clock' in timer || '_isMockFunction' in timer
}
