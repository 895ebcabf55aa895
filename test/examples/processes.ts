import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { vi } from 'vitest'

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
  const child = execa(process.execPath, [path, ...args], {
    cwd: ROOT,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${path} did not start`)
  let output = ''
  child.all.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const exitCode = child.then((result) => result.exitCode ?? null)
  return {
    pid,
    output: () => output,
    waitFor: (text) =>
      vi.waitFor(
        () => {
          if (!output.includes(text)) throw new Error(`no '${text}' in:\n${output}`)
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
