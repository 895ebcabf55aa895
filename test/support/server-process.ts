import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { vi } from 'vitest'

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
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  }
  const url = await vi.waitFor(
    () => {
      const found = findUrl(log)
      if (found === undefined) throw new Error(`not ready:\n${log}`)
      return found
    },
    { timeout: timeoutMs, interval: 50 },
  )
  return {
    url,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code, by] = await ended
      return { code, signal: by }
    },
  }
}
