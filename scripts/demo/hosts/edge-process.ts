import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('edge-server.ts', import.meta.url))

/** What the server tells its parent. */
export type EdgeMessage = { readonly url: string } | { readonly invocation: string; readonly endedAtMs: number }

/** Names the invocation that a response belongs to. */
export const INVOCATION_HEADER = 'x-invocation'

export interface EdgeProcess {
  readonly url: string
  /** When the function had answered and all that it gave to `waitUntil` had ended; undefined until then. */
  endedAtMs(invocation: string): number | undefined
  /** What the function has written. */
  output(): string
  stop(): Promise<void>
}

/** Starts Vercel's edge runtime with one function, in a process of its own. */
export async function startEdgeProcess(
  file: string,
  { segmentHost, signal }: { segmentHost: string; signal: AbortSignal },
): Promise<EdgeProcess> {
  const child = fork(SERVER, [file], {
    env: { ...process.env, SEGMENT_HOST: segmentHost, SEGMENT_WRITE_KEY: 'demo' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ends = new Map<string, number>()
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.on('message', (message: EdgeMessage) => {
        if ('url' in message) resolve(message.url)
        else ends.set(message.invocation, message.endedAtMs)
      })
      child.once('exit', (code) => reject(new Error(`the edge runtime exited (${code}):\n${output}`)))
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    return {
      url,
      endedAtMs: (invocation) => ends.get(invocation),
      output: () => output,
      stop: () => stop(child),
    }
  } catch (error) {
    await stop(child)
    throw error
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
