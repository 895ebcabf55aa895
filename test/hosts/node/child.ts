import { createInterface } from 'node:readline'
import { execa } from 'execa'

/** Far more than a program takes to start or to end; far less than what else would end a wait. */
export const LONG_MS = 10_000

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** What the program has written to its stdout. */
  readonly lines: readonly string[]
  /** Waits until the program writes a line that starts so; answers with the line. */
  line(start: string): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Waits until the program has exited and its output is read. It must have written nothing to stderr. */
  end(): Promise<Ending>
  /** As `end`, for a program that is meant to write to stderr; answers with what it wrote as well. */
  endWithStderr(): Promise<Ending & { stderr: string }>
}

/** By the number of its process. */
const running = new Map<number, Promise<Ending>>()

/** Ends whatever a failed test has left running. */
export async function endAll(): Promise<void> {
  for (const pid of running.keys()) killGroup(pid)
  await Promise.all(running.values())
}

/** A shell's child is in the shell's group. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has exited by itself, but its output has not been read yet.
  }
}

export function startFixture(name: string, env: Record<string, string>): Child {
  return start([process.execPath, fixturePath(name)], env)
}

/** Has a shell run a fixture and write how it ended. */
export function startInShell(name: string, env: Record<string, string>): Child {
  return start(['sh', '-c', '"$0" "$1"; echo "status $?"', process.execPath, fixturePath(name)], env)
}

/** Has a fixture run as process 1 of a namespace, as it does in a container. */
export function startAsProcessOne(name: string, env: Record<string, string>): Child {
  const unshare = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child']
  return start([...unshare, process.execPath, fixturePath(name)], env)
}

function fixturePath(name: string): string {
  return new URL(`./fixtures/${name}.mjs`, import.meta.url).pathname
}

export function start([command = '', ...args]: string[], env: Record<string, string>, cwd?: string): Child {
  const child = execa(command, args, {
    ...(cwd !== undefined && { cwd }),
    // Not the test runner's own NODE_OPTIONS and the like.
    env: { PATH: process.env.PATH, ...env },
    extendEnv: false,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
    // Its own process group.
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} did not start`)
  const lines: string[] = []
  const listeners = new Set<() => void>()
  let errors = ''
  let ending: Ending | undefined
  const tell = () => {
    for (const listener of listeners) listener()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    tell()
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended = child.then(({ exitCode = null, signal = null }) => {
    running.delete(pid)
    ending = { code: exitCode, signal }
    tell()
    return ending
  })
  running.set(pid, ended)

  const waitFor = <Value>(what: string, find: () => Value | undefined): Promise<Value> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found !== undefined) end(() => resolve(found))
        else if (ending) end(() => reject(describe(`ended before ${what}`)))
      }
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        settle()
      }
      const timer = setTimeout(() => end(() => reject(describe(`waited in vain for ${what}`))), LONG_MS)
      listeners.add(look)
      look()
    })
  const describe = (what: string) =>
    new Error(`${what}; ${JSON.stringify({ ending, lines })}${errors && `; stderr:\n${errors}`}`)

  return {
    pid,
    lines,
    line: (start) => waitFor(`'${start}'`, () => lines.find((line) => line.startsWith(start))),
    kill: (signal) => void child.kill(signal),
    end: async () => {
      const found = await waitFor('the end', () => ending)
      if (errors) throw describe('it wrote to stderr')
      return found
    },
    endWithStderr: async () => ({ ...(await waitFor('the end', () => ending)), stderr: errors }),
  }
}
