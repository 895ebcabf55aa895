import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

// By hand: pidtree, ps-list, tree-kill, find-process and systeminformation all run `ps`, which slim images of Linux lack.

interface Process {
  readonly pid: number
  readonly parent: number
  /** As in ps(1): `T` is stopped; `Z` has exited, but its parent has not collected it yet. */
  readonly state: string
}

/** Its children, their children, and so on. */
export function listDescendants(pid: number): number[] {
  const all = listProcesses().filter(isRunning)
  const found = [pid]
  // Grows while it is walked: children are appended, and their own children in turn.
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent).map((one) => one.pid))
  return found.slice(1)
}

export function listChildren(parent: number): number[] {
  return listProcesses()
    .filter((one) => isRunning(one) && one.parent === parent)
    .map(({ pid }) => pid)
}

export function listRunning(pids: readonly number[]): number[] {
  return listProcesses()
    .filter((one) => isRunning(one) && pids.includes(one.pid))
    .map(({ pid }) => pid)
}

/** Whether it was stopped by SIGSTOP. */
export function isStopped(pid: number): boolean {
  return listProcesses().some((one) => one.pid === pid && one.state === 'T')
}

function isRunning({ state }: Process): boolean {
  return state !== 'Z'
}

function listProcesses(): Process[] {
  return existsSync('/proc/self/stat') ? readProc() : askPs()
}

function readProc(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      // `pid (name) state parent …`, and the name may have anything in it.
      const [, state = '', parent] = /.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      return [{ pid: Number(pid), parent: Number(parent), state }]
    } catch {
      // It has exited meanwhile.
      return []
    }
  })
}

/** macOS always has it. */
function askPs(): Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/)
    return { pid: Number(pid), parent: Number(parent), state: state.slice(0, 1) }
  })
}
