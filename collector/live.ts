import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Journal, Line, RequestView } from './journal.ts'

/** Changes within this time are sent together: too short to notice, and a burst takes one message. */
const WINDOW_MS = 25
const CHUNK_COUNT = 200
/** A page that has stopped reading is disconnected; its browser reconnects and gets everything again. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024

export interface Live {
  /** Sends everything to a page, then changes until it disconnects. */
  connect(response: ServerResponse): void
  /** Called when faults have been added or removed. */
  showFaults(): void
  close(): void
}

interface Client {
  readonly response: ServerResponse
  readonly left: AbortController
  /** Changes with each clear, so that sending older data stops. */
  generation: number
}

/** Server-sent events: `reset`, then any number of `changes`; `faults` whenever they change. */
export function createLive(journal: Journal, limits: { maxCount: number }, listFaults: () => unknown): Live {
  const clients = new Set<Client>()
  const lines = new Map<number, Line>()
  const requests = new Map<number, RequestView>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const schedule = (): void => {
    if (clients.size > 0) timer ??= setTimeout(sendChanges, WINDOW_MS)
  }
  const sendChanges = (): void => {
    timer = undefined
    const text = format('changes', { lines: [...lines.values()], requests: [...requests.values()] })
    lines.clear()
    requests.clear()
    for (const { response } of clients) write(response, text)
  }
  const stopListening = journal.listen({
    onLine: (line) => {
      if (clients.size > 0) lines.set(line.id, line)
      schedule()
    },
    onRequest: (view) => {
      if (clients.size > 0) requests.set(view.index, view)
      schedule()
    },
    onClear: () => {
      lines.clear()
      requests.clear()
      for (const client of clients) void sendAll(client)
    },
  })

  const sendAll = async (client: Client): Promise<void> => {
    const generation = ++client.generation
    const { response } = client
    response.write(format('reset', { keepCount: limits.maxCount }))
    response.write(format('faults', listFaults()))
    const rows = [
      ...journal.requests().map((view) => ({ lines: [], requests: [view] })),
      ...journal.lines().map((line) => ({ lines: [line], requests: [] })),
    ]
    for (let start = 0; start < rows.length; start += CHUNK_COUNT) {
      const chunk = rows.slice(start, start + CHUNK_COUNT)
      const changes = { lines: chunk.flatMap((row) => row.lines), requests: chunk.flatMap((row) => row.requests) }
      const isTaken = response.write(format('changes', changes))
      if (!isTaken) await once(response, 'drain', { signal: client.left.signal }).catch(() => {})
      if (generation !== client.generation || client.left.signal.aborted) return
    }
    response.write(format('complete', {}))
  }

  return {
    connect: (response) => {
      const client: Client = { response, left: new AbortController(), generation: 0 }
      clients.add(client)
      response.on('error', () => {})
      response.once('close', () => {
        client.left.abort()
        clients.delete(client)
      })
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      void sendAll(client)
    },
    showFaults: () => {
      const text = format('faults', listFaults())
      for (const { response } of clients) write(response, text)
    },
    close: () => {
      clearTimeout(timer)
      stopListening()
      for (const { response } of clients) response.destroy()
    },
  }
}

function write(response: ServerResponse, text: string): void {
  if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
  else response.write(text)
}

function format(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
