import { createWriteStream } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { Arrival } from './journal.ts'
import { maskEvent, maskKey } from './secrets.ts'
import type { RequestRecord } from './store.ts'

/** A line of the file. */
export interface Recorded {
  readonly request: RequestRecord
  readonly events: readonly unknown[]
  readonly problems: readonly (readonly string[])[]
  readonly isAccepted: boolean
}

export interface Recorder {
  add(arrival: Arrival): void
  /** Writes the request once it is finished. */
  update(row: RequestRecord): void
  close(): Promise<void>
}

/** Once a server is closed, its requests finish in the next turns of the event loop. */
const MAX_TURNS = 10

/**
 * Rejects if the file cannot be written. If the disk fills up later, this is reported once and only the recording stops.
 */
export async function createRecorder(path: string): Promise<Recorder> {
  const stream = createWriteStream(path, { flags: 'a' })
  await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject))
  if (await endsMidLine(path)) stream.write('\n')
  stream.once('error', (error) => console.error(`collector: cannot record any more: ${error.message}`))
  const open = new Map<RequestRecord, Arrival>()
  const write = (row: RequestRecord): void => {
    const arrival = open.get(row)
    open.delete(row)
    if (arrival !== undefined && stream.writable) stream.write(`${JSON.stringify(buildLine(arrival))}\n`)
  }
  return {
    add: (arrival) => {
      open.set(arrival.row, arrival)
      if (arrival.row.durationMs !== undefined) write(arrival.row)
    },
    update: (row) => {
      if (row.durationMs !== undefined) write(row)
    },
    close: async () => {
      for (let turn = 0; open.size > 0 && turn < MAX_TURNS; turn++) await setImmediate()
      for (const row of [...open.keys()]) write(row)
      if (!stream.writable) return
      stream.end()
      await finished(stream).catch(() => {})
    },
  }
}

/** As after a crash: what follows must not be lost with the broken line. */
async function endsMidLine(path: string): Promise<boolean> {
  const file = await openFile(path).catch(() => undefined)
  try {
    const { size = 0 } = (await file?.stat()) ?? {}
    const last = size > 0 ? await file?.read(Buffer.alloc(1), 0, 1, size - 1) : undefined
    return last !== undefined && last.buffer.toString() !== '\n'
  } finally {
    await file?.close()
  }
}

/** Recordings get shared, so write keys stay distinguishable but are not revealed. */
function buildLine({ row, events, problems, isAccepted }: Arrival): Recorded {
  const request = row.writeKey === undefined ? row : { ...row, writeKey: maskKey(row.writeKey) }
  return { request, events: events.map((event) => maskEvent(event)), problems, isAccepted }
}
