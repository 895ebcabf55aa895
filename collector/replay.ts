import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import type { Journal } from './journal.ts'
import type { Recorded } from './recorder.ts'
import { isEventType, isPlainObject } from './shapes.ts'
import type { RequestRecord, Store } from './store.ts'
import { flag, openObject, validate } from './validate.ts'

/** How each line begins. */
const START = '{"request":'

/**
 * Fills store and journal from a recording. A line that a crash has cut off is left out, with a message on the console.
 *
 * @throws Error that names a line that is none of a recording
 */
export async function replay(path: string, store: Store, journal: Journal | undefined): Promise<void> {
  let number = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (text.trim() === '') continue
    if (isCutOff(text)) {
      console.error(`collector: ${path}:${number} is left out: it was cut off while it was written`)
      continue
    }
    try {
      restore(parseLine(text), store, journal)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${path}:${number} is no line of a recording: ${reason}`, { cause: error })
    }
  }
}

function isCutOff(text: string): boolean {
  if (!text.startsWith(START) && !START.startsWith(text)) return false
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
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

const string = v.message(v.string(), 'must be a string')

const RECORDED = openObject({
  request: openObject({
    at: string,
    method: string,
    path: string,
    headers: v.custom<Record<string, string>>(isPlainObject, 'must be an object'),
    bytes: v.message(v.pipe(v.number(), v.minValue(0)), 'must be a number from 0'),
    messageIds: v.message(v.array(v.string()), 'must be an array of strings'),
    writeKey: v.optional(string),
    clientId: v.optional(string),
    sentAt: v.optional(string),
    reason: v.optional(string),
  }),
  events: v.message(v.array(v.unknown()), 'must be an array'),
  problems: v.message(v.array(v.array(v.string())), 'must be an array of arrays of strings'),
  isAccepted: flag,
})

function parseLine(text: string): Recorded {
  const value = validate(RECORDED, JSON.parse(text), (field, rule) => `${field || 'it'} ${rule}`)
  // A cast: the other fields of a request are only shown.
  return { ...value, request: value.request as unknown as RequestRecord }
}
