import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Fault, ReceivedEvent, RequestRecord } from '../../collector/index.ts'

export interface RemoteCollector {
  readonly url: string
  events(): Promise<ReceivedEvent[]>
  requests(): Promise<RequestRecord[]>
  stop(): Promise<void>
}

/** One request in five goes wrong, by a sequence that is the same in every run. */
const FAULTS: Fault[] = [
  { probability: 0.05, seed: 1, status: 500 },
  { probability: 0.025, seed: 2, reset: 'before' },
  { probability: 0.025, seed: 3, reset: 'after' },
  { probability: 0.05, seed: 4, hang: true },
  { probability: 0.05, seed: 5, retryAfter: 1 },
  // The others take their time, so that there is always something on its way.
  { delayMs: 20 },
]

/** A collector in a process of its own, which goes on when the program under test is stopped or busy. */
export async function startFaultyCollector(): Promise<RemoteCollector> {
  const main = fileURLToPath(new URL('../../collector/main.ts', import.meta.url))
  const child = fork(main, ['--port', '0', '--quiet'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [{ url }] = await once(child, 'message')
  for (const fault of FAULTS) {
    const response = await fetch(`${url}/_/faults`, { method: 'POST', body: JSON.stringify(fault) })
    if (!response.ok) throw new Error(await response.text())
  }
  // Casts: what the endpoints answer is the types that the collector declares.
  return {
    url,
    events: async () => (await (await fetch(`${url}/_/events`)).json()) as ReceivedEvent[],
    requests: async () => (await (await fetch(`${url}/_/requests`)).json()) as RequestRecord[],
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
