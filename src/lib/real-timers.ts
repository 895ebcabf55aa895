/** The timers of a runtime, called without a `this`. */
export interface Timers {
  readonly setTimeout: (this: void, act: () => void, delayMs: number) => unknown
  readonly clearTimeout: (this: void, timer: unknown) => void
}

// Read when the module loads, since test runners replace the globals: jest and vitest later as a rule, Node's runner without a trace.
const atLoad: Timers = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }

/**
 * For what waits for no time, but for a later turn: it must not stand still with a test's clock. Undefined if the timers were fakes
 * when the module was loaded, and are now.
 */
export function findRealTimers(): Timers | undefined {
  return [atLoad, globalThis as Timers].find(({ setTimeout }) => !isFake(setTimeout))
}

/** By what the fakes of jest and vitest have, the legacy ones of jest included. */
function isFake(timer: object): boolean {
  return 'clock' in timer || '_isMockFunction' in timer
}
