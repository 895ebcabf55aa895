import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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
  const child = spawn(process.execPath, [path, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid === undefined) throw new Error(`${path} did not start`)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exitCode: Script['exitCode'] = once(child, 'close').then(([code]) => code)
  return {
    pid: child.pid,
    output: () => output,
    waitFor: (text) =>
      vi.waitFor(
        () => {
          if (!output.includes(text)) throw new Error(`no '${text}' in:\n${output}`)
        },
        { timeout: 30_000, interval: 50 },
      ),
    kill: (signal) => child.kill(signal),
    exitCode,
    async stop() {
      child.kill('SIGTERM')
      await exitCode
    },
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
}

/** The running processes, without those that have exited but are not yet collected by their parent. */
function listProcesses(): Process[] {
  return existsSync('/proc/self/stat') ? readProc() : askPs()
}

/** Linux tells without any program; not every one of its images has `ps`. */
function readProc(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      // `pid (name) state parent …`, and the name may have anything in it.
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent) }]
    } catch {
      // It has exited meanwhile.
      return []
    }
  })
}

function askPs(): Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return lines.flatMap((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/)
    return state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }]
  })
}

export function listDescendants(pid: number): number[] {
  const all = listProcesses()
  const found = [pid]
  // Grows while it is walked: children are appended, and their own children in turn.
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent).map((one) => one.pid))
  return found.slice(1)
}

export function listRunning(pids: readonly number[]): number[] {
  const running = new Set(listProcesses().map(({ pid }) => pid))
  return pids.filter((pid) => running.has(pid))
}
