/** The timers of a runtime, called without a `this`. */
export interface Timers {
  readonly setTimeout: (this: void, act: () => void, delayMs: number) => unknown
  readonly clearTimeout: (this: void, timer: unknown) => void
}

// Read when the module loads, since test runners replace the globals: jest and vitest later as a rule, Node's runner without a trace.
// The cast: a timer is what the runtime says it is.
const atLoad = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout } as Timers

/** If the clock of a test stood still before the module was loaded, and does now. */
const atOnce: Timers = {
  setTimeout: (act) => {
    const task = { act }
    void Promise.resolve().then(() => task.act())
    return task
  },
  // The cast: it is only given what `setTimeout` has returned.
  clearTimeout: (task) => void Object.assign(task as object, { act() {} }),
}

/** Timers for what waits for a later turn, and for no time that a test would let pass: they run while its clock stands still. */
export function findRealTimers(): Timers {
  return [atLoad, globalThis as Timers].find(({ setTimeout }) => !isFake(setTimeout)) ?? atOnce
}

/** By what the fakes of jest and vitest have, the legacy ones of jest included. */
function isFake(timer: object): boolean {
  return 'clock' in timer || '_isMockFunction' in timer
}
