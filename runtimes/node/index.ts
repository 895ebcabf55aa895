export { type FlushOnExitOptions, flushOnExit } from './flush-on-exit.ts'
