import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Journal } from './journal.ts'
import type { Recorded } from './recorder.ts'
import { isEventType, isPlainObject } from './shapes.ts'
import type { Store } from './store.ts'

/** Fills store and journal from a recording. @throws Error that names the line of the file */
export async function replay(path: string, store: Store, journal: Journal | undefined): Promise<void> {
  let number = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (text.trim() === '') continue
    try {
      restore(parseLine(text), store, journal)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${path}:${number} is no line of a recording: ${reason}`, { cause: error })
    }
  }
}

function restore({ request, events, problems, isAccepted }: Recorded, store: Store, journal: Journal | undefined) {
  const row = store.restoreRequest(request)
  if (isAccepted) {
    events.forEach((event, index) => {
      const type = isPlainObject(event) && isEventType(event.type) ? event.type : typeFromPath(request.path)
      if (!isPlainObject(event) || type === undefined) throw new TypeError(`events[${index}] must be an event`)
      const bytes = Buffer.byteLength(JSON.stringify(event))
      store.addEvent(row.writeKey ?? '', row.index, { type, event, bytes, problems: problems[index] ?? [] }, row.at)
    })
  }
  journal?.add({ row, events, problems, isAccepted })
}

function typeFromPath(path: string) {
  const last = path.slice(path.lastIndexOf('/') + 1)
  return isEventType(last) ? last : undefined
}

function parseLine(text: string): Recorded {
  const value: unknown = JSON.parse(text)
  if (!isPlainObject(value)) throw new TypeError('it must be an object')
  const { request, events, problems, isAccepted } = value
  if (!isRequest(request)) throw new TypeError('request must have at, method, path, headers, bytes and messageIds')
  for (const name of ['writeKey', 'clientId', 'sentAt', 'reason'] as const) {
    if (!['string', 'undefined'].includes(typeof request[name])) throw new TypeError(`request.${name} must be a string`)
  }
  if (!Array.isArray(events)) throw new TypeError('events must be an array')
  if (!isListOfTexts(problems)) throw new TypeError('problems must be an array of arrays of strings')
  if (typeof isAccepted !== 'boolean') throw new TypeError('isAccepted must be true or false')
  // Drops its index in the recorded run; it gets a new one.
  return { request, events, problems, isAccepted }
}

function isRequest(value: unknown): value is Recorded['request'] {
  if (!isPlainObject(value)) return false
  const { at, method, path, headers, bytes, messageIds } = value
  const areTexts = [at, method, path].every((field) => typeof field === 'string')
  return areTexts && isPlainObject(headers) && typeof bytes === 'number' && bytes >= 0 && Array.isArray(messageIds)
}

function isListOfTexts(value: unknown): value is string[][] {
  return (
    Array.isArray(value) && value.every((list) => Array.isArray(list) && list.every((text) => typeof text === 'string'))
  )
}
