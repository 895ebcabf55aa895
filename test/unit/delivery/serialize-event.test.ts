import { expect, it } from 'vitest'
import { MAX_EVENT_BYTES, serializeEvent } from '../../../src/delivery/serialize-event.ts'
import type { SegmentEvent } from '../../../src/types.ts'
import { createQueuedEvent } from '../../support/queue-parts.ts'

/** Serialises a track with these properties. */
function serialize(fields: object, isChanged?: boolean) {
  const queued = createQueuedEvent()
  const event = { type: 'track', event: 'A', ...fields }
  // The cast: plugins may put anything into an event.
  return { queued, problem: serializeEvent(queued, event as unknown as SegmentEvent, isChanged) }
}

it('writes an event with its size in UTF-8, and its date as text', () => {
  const { queued, problem } = serialize({ userId: 'größer', timestamp: new Date(0) })
  const json = '{"type":"track","event":"A","userId":"größer","timestamp":"1970-01-01T00:00:00.000Z"}'
  expect(problem).toBeUndefined()
  expect(queued).toMatchObject({ json, byteCount: Buffer.byteLength(json), isForSegment: true })
})

it('writes a date that is none as null', () => {
  expect(serialize({ timestamp: new Date(Number.NaN) }).queued.json).toContain('"timestamp":null')
})

it.each<[string, object, string]>([
  ['a BigInt', { properties: { value: 1n } }, "track 'A' cannot be written as JSON"],
  ['a toJSON without a result', { toJSON: () => undefined }, "track 'A' has a toJSON that does not return an object"],
  ['a toJSON that returns a list', { toJSON: () => [] }, "track 'A' has a toJSON that does not return an object"],
])('says what is wrong with %s', (_, fields, message) => {
  expect(serialize(fields).problem).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE', message })
})

it('says how large an event is', () => {
  const fits = MAX_EVENT_BYTES - JSON.stringify({ type: 'track', event: 'A', name: '' }).length
  expect(serialize({ name: 'x'.repeat(fits) }).problem).toBeUndefined()
  expect(serialize({ name: 'x'.repeat(fits + 1) }).problem).toMatchObject({
    code: 'ERR_EVENT_TOO_LARGE',
    message: "track 'A' takes 32769 bytes as JSON: more than the 32768 bytes (32 KB) that are allowed",
  })
})

it('looks for endless lists only in events that plugins changed', () => {
  const list = { length: MAX_EVENT_BYTES / 2 + 1 }
  const properties = { list: Array.from(list, () => 1), toJSON: () => undefined }
  expect(serialize({ properties }).problem).toBeUndefined()
  expect(serialize({ properties }, true).problem).toMatchObject({
    code: 'ERR_EVENT_TOO_LARGE',
    message: "track 'A' has an array that alone takes more than the 32768 bytes (32 KB) that are allowed",
  })
  properties.list.pop()
  expect(serialize({ properties }, true).problem).toBeUndefined()
})

it('survives an event that contains itself', () => {
  const properties: Record<string, unknown> = {}
  properties.self = properties
  expect(serialize({ properties }, true).problem).toMatchObject({ code: 'ERR_NOT_SERIALIZABLE' })
})
