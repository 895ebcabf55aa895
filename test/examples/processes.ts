import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { startProcess } from '../support/start-process.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Script {
  readonly pid: number
  output(): string
  /** Rejects when the output does not hold the text in time. */
  waitFor(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Ends it if it still runs, with all that it started. */
  stop(): Promise<void>
  /** The exit status; null when a signal ended it. */
  readonly exitCode: Promise<number | null>
}

/** Runs one of the project's scripts as a user does, with output that is no terminal. */
export function runScript(path: string, args: string[] = []): Script {
  const { child, output } = startProcess(process.execPath, [path, ...args], ROOT)
  const { pid } = child
  if (pid === undefined) throw new Error(`${path} did not start`)
  const exitCode = child.then((result) => result.exitCode ?? null)
  return {
    pid,
    output,
    waitFor: (text) =>
      vi.waitFor(
        () => {
          if (!output().includes(text)) throw new Error(`no '${text}' in:\n${output()}`)
        },
        { timeout: 30_000, interval: 50 },
      ),
    kill: (signal) => void child.kill(signal),
    exitCode,
    async stop() {
      child.kill('SIGTERM')
      await exitCode
    },
  }
}
