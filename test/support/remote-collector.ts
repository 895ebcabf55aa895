import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Fault, ReceivedEvent, RequestRecord } from '../../collector/index.ts'

export interface RemoteCollector {
  readonly url: string
  /** Of one write key, or of all; then only the start of each key is shown. */
  events(writeKey?: string): Promise<ReceivedEvent[]>
  requests(writeKey?: string): Promise<RequestRecord[]>
  fail(fault: Fault): Promise<void>
  /** Forgets events, requests and faults. */
  clear(): Promise<void>
  stop(): Promise<void>
}

/** A collector in its own process, so that the tests do not delay its records. */
export async function startRemoteCollector(): Promise<RemoteCollector> {
  const main = fileURLToPath(new URL('../../collector/main.ts', import.meta.url))
  const child = fork(main, ['--port', '0', '--quiet', '--keep', '1000000'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ url }] = await once(child, 'message')
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  // Casts: what the endpoints answer is the types that the collector declares.
  return {
    url,
    events: async (writeKey) => (await call('GET', `/_/events${toQuery(writeKey)}`)) as ReceivedEvent[],
    requests: async (writeKey) => (await call('GET', `/_/requests${toQuery(writeKey)}`)) as RequestRecord[],
    fail: async (fault) => void (await call('POST', '/_/faults', fault)),
    clear: async () => void (await call('DELETE', '/_/events')),
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
    },
  }
}

function toQuery(writeKey: string | undefined): string {
  return writeKey === undefined ? '' : `?${new URLSearchParams({ writeKey })}`
}
