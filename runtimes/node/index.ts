export type { ExitSignal } from './exit-signal.ts'
export { type FlushOnExitOptions, flushOnExit } from './flush-on-exit.ts'
