import process from 'node:process'
import { vi } from 'vitest'
import { startProcess } from './start-process.ts'

export interface ServerProcess {
  readonly url: string
  log(): string
  /** Terminates it, by default as an orchestrator does, and waits until it has exited. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

interface ServerOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Finds its address in what it has printed, once it takes requests. */
  readonly findUrl: (log: string) => string | undefined
  readonly timeoutMs: number
}

/** Starts a program of Node that serves HTTP, and waits until it does. */
export async function startServerProcess(
  args: readonly string[],
  { cwd, env, findUrl, timeoutMs }: ServerOptions,
): Promise<ServerProcess> {
  const { child, output } = startProcess(process.execPath, args, cwd, env)
  const url = await vi.waitFor(
    () => {
      const found = findUrl(output())
      if (found === undefined) throw new Error(`not ready:\n${output()}`)
      return found
    },
    { timeout: timeoutMs, interval: 50 },
  )
  return {
    url,
    log: output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const ending = await child
      return { code: ending.exitCode ?? null, signal: ending.signal ?? null }
    },
  }
}
