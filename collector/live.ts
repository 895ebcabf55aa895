import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Journal, Line, RequestView } from './journal.ts'

/** Changes within this time are sent together: too short to notice, and a burst takes one message. */
const WINDOW_MS = 25
/** What one message has at most. */
const CHUNK_COUNT = 200
const CHUNK_BYTES = 1024 * 1024

export interface Live {
  /** Sends everything to a page, then changes until it disconnects. */
  connect(response: ServerResponse): void
  /** Called when faults have been added or removed. */
  showFaults(): void
  close(): void
}

/** A page, with what it does not have yet. Only ids are kept, so whatever is sent is the newest, however slowly it reads. */
interface Client {
  readonly response: ServerResponse
  readonly left: AbortController
  readonly lines: Set<number>
  readonly requests: Set<number>
  /** Whether it must forget what it has. */
  isOutdated: boolean
  lacksFaults: boolean
  isComplete: boolean
  isSending: boolean
}

/**
 * Server-sent events: `reset`, then any number of `changes`; `faults` whenever they change. Lines before `firstLine` have
 * been dropped.
 */
export function createLive(journal: Journal, limits: { maxCount: number }, listFaults: () => unknown): Live {
  const clients = new Set<Client>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const sendToAll = (): void => {
    timer = undefined
    for (const client of clients) void send(client)
  }
  const note = (list: 'lines' | 'requests', id: number): void => {
    for (const client of clients) addId(client[list], id, list === 'lines' ? journal.line : journal.request)
    if (clients.size > 0) timer ??= setTimeout(sendToAll, WINDOW_MS)
  }
  /** A page that has stopped reading would otherwise collect ids of dropped rows forever. */
  const addId = (ids: Set<number>, id: number, find: (id: number) => unknown): void => {
    ids.add(id)
    if (ids.size <= 2 * limits.maxCount) return
    for (const each of ids) if (find(each) === undefined) ids.delete(each)
  }
  const stopListening = journal.listen({
    onLine: ({ id }) => note('lines', id),
    onRequest: (index) => note('requests', index),
    onClear: () => {
      for (const client of clients) client.isOutdated = true
      sendToAll()
    },
  })

  /** Waits whenever the page is slower, while later changes to a row replace earlier ones. */
  const send = async (client: Client): Promise<void> => {
    if (client.isSending) return
    client.isSending = true
    const { response, left } = client
    for (let text = nextMessage(client); text !== undefined; text = nextMessage(client)) {
      if (!response.write(text)) await once(response, 'drain', { signal: left.signal }).catch(() => {})
      if (left.signal.aborted) return
    }
    client.isSending = false
  }

  const nextMessage = (client: Client): string | undefined => {
    if (client.isOutdated) {
      const { lines, requests } = journal.ids()
      replaceAll(client.lines, lines)
      replaceAll(client.requests, requests)
      Object.assign(client, { isOutdated: false, isComplete: false, lacksFaults: true })
      return format('reset', { keepCount: limits.maxCount })
    }
    if (client.lacksFaults) {
      client.lacksFaults = false
      return format('faults', listFaults())
    }
    const requests = take(client.requests, journal.request, () => 0)
    // A line is shown with the status of its requests, so they come first.
    const lines = client.requests.size > 0 ? [] : take(client.lines, journal.line, ({ json }) => json.length)
    if (requests.length + lines.length > 0)
      return format('changes', { lines, requests, firstLine: journal.firstLine() })
    if (client.isComplete) return undefined
    client.isComplete = true
    return format('complete', {})
  }

  return {
    connect: (response) => {
      const client: Client = {
        response,
        left: new AbortController(),
        lines: new Set(),
        requests: new Set(),
        isOutdated: true,
        lacksFaults: true,
        isComplete: false,
        isSending: false,
      }
      clients.add(client)
      response.on('error', () => {})
      response.once('close', () => {
        client.left.abort()
        clients.delete(client)
      })
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      void send(client)
    },
    showFaults: () => {
      for (const client of clients) client.lacksFaults = true
      sendToAll()
    },
    close: () => {
      clearTimeout(timer)
      stopListening()
      for (const { response } of clients) response.destroy()
    },
  }
}

/** Removes ids from the front, for the rows of a message. Rows that have been dropped are left out. */
function take<Row extends Line | RequestView>(
  ids: Set<number>,
  find: (id: number) => Row | undefined,
  measure: (row: Row) => number,
): Row[] {
  const rows: Row[] = []
  let bytes = 0
  for (const id of ids) {
    if (rows.length === CHUNK_COUNT || bytes > CHUNK_BYTES) break
    ids.delete(id)
    const row = find(id)
    if (row === undefined) continue
    rows.push(row)
    bytes += measure(row)
  }
  return rows
}

function replaceAll(ids: Set<number>, by: Iterable<number>): void {
  ids.clear()
  for (const id of by) ids.add(id)
}

function format(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
