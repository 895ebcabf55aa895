import { describe, expect, it } from 'vitest'
import { Batcher, MAX_BATCH_BYTES, MAX_EVENT_BYTES, serializeEvent } from '../../src/delivery/batcher.ts'
import { Entry } from '../../src/delivery/entry.ts'
import { buildTrack } from '../../src/events/build.ts'
import { type Analytics, DeliveryError, type TrackParams } from '../../src/index.ts'
import { utf8ByteLength } from '../../src/lib/utf8-byte-length.ts'
import { createClient, openCollector, receivedNames, recordErrors } from './support.ts'

const collector = await openCollector()

const FIXED = { userId: 'u1', event: 'A', messageId: 'm-1', timestamp: '2026-01-02T03:04:05.678Z' }

function serialize(params: TrackParams): { json: string; byteCount: number } {
  const serialized = serializeEvent(buildTrack(params, {}))
  if (serialized instanceof DeliveryError) throw serialized
  return serialized
}

/** A track whose JSON has exactly so many bytes, nearly all of them in characters like `filler`. */
function paramsOfSize(byteCount: number, filler = 'x', id = 0): TrackParams {
  const params = (text: string) => ({ ...FIXED, messageId: `m-${String(id).padStart(5, '0')}`, properties: { text } })
  const room = byteCount - serialize(params('')).byteCount
  const fillerBytes = Buffer.byteLength(filler)
  return params(filler.repeat(Math.floor(room / fillerBytes)) + 'x'.repeat(room % fillerBytes))
}

function buildEntry(json: string, sequence = 1): Entry {
  return Object.assign(new Entry('track', undefined, sequence), { json, byteCount: Buffer.byteLength(json) })
}

describe('utf8ByteLength', () => {
  it.each([
    ['nothing', '', 0],
    ['ASCII', 'a\u007f', 2],
    ['two bytes', '\u0080é\u07ff', 6],
    ['three bytes', '\u0800€\uffff', 9],
    ['a surrogate pair', '😀', 4],
    ['the last code point', '\u{10ffff}', 4],
    ['both neighbours of the surrogates', '\ud7ff\ue000', 6],
    ['a mixture', 'aé€😀', 10],
  ])('%s', (_, text, byteCount) => {
    expect(utf8ByteLength(text)).toBe(byteCount)
    expect(Buffer.byteLength(text)).toBe(byteCount)
  })

  it('agrees with the encoder on every code point', () => {
    const wrong: number[] = []
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const expected = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
      if (utf8ByteLength(String.fromCodePoint(point)) !== expected) wrong.push(point)
    }
    expect(wrong).toEqual([])
  })
})

describe('an event', () => {
  it.each(['x', 'é', '€', '😀'])('of exactly 32 KB of %s is delivered, and one byte more fails', async (filler) => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    client.track({ ...paramsOfSize(32 * 1024, filler), event: 'A' })
    client.track({ ...paramsOfSize(32 * 1024 + 1, filler, 1), event: 'A' })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 1 })

    const [received] = collector.events()
    expect(receivedNames(collector)).toEqual(['A'])
    expect(received?.event.messageId).toBe('m-00000')
    expect(Buffer.byteLength(JSON.stringify(received?.event))).toBe(32 * 1024)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.reason).toMatchObject({ code: 'ERR_EVENT_TOO_LARGE' })
    expect(String(errors[0]?.reason)).toContain(`${32 * 1024 + 1} bytes`)
  })

  it.each(['\ud800', '\udc00', 'a\ud83d', '\ude00\ud83d', '\ud83d😀'])(
    'with a lone surrogate, %j, is counted as it travels and arrives as it was',
    async (text) => {
      const properties = { text: text.repeat(3) }
      const { json, byteCount } = serialize({ ...FIXED, properties })
      expect(byteCount).toBe(Buffer.byteLength(json))
      await createClient(collector).track({ ...FIXED, properties })
      expect(collector.events()[0]?.event.properties).toEqual(properties)
    },
  )

  it('of lone surrogates is measured by their escapes, six bytes each', () => {
    const tooLarge = serializeEvent(
      buildTrack({ ...FIXED, properties: { text: '\ud800'.repeat((32 * 1024) / 6) } }, {}),
    )
    expect(tooLarge).toBeInstanceOf(DeliveryError)
    expect(tooLarge).toMatchObject({ code: 'ERR_EVENT_TOO_LARGE' })
  })
})

describe('Batcher', () => {
  it('lets go of exactly flushAt events, in order, and starts anew', () => {
    const batcher = new Batcher(3, 'key')
    const entries = [1, 2, 3, 4].map((sequence) => buildEntry('{}', sequence))
    const left = entries.map((entry) => batcher.add(entry))
    expect(left).toEqual([undefined, undefined, entries.slice(0, 3), undefined])
    expect(batcher.count).toBe(1)
    expect(batcher.take()).toEqual(entries.slice(3))
    expect(batcher.take()).toEqual([])
  })

  it('gives back the oldest event first, and with it the room that it took', () => {
    const batcher = new Batcher(2500, 'key')
    const json = `"${'x'.repeat(MAX_EVENT_BYTES - 2)}"`
    const entries = Array.from({ length: 14 }, (_, index) => buildEntry(json, index + 1))
    for (const entry of entries) expect(batcher.add(entry)).toBeUndefined()
    expect(batcher.withdrawOldest()).toBe(entries[0])
    expect(batcher.withdrawOldest()).toBe(entries[1])
    expect(batcher.count).toBe(12)
    // Room for two again, not for three.
    const added = [15, 16, 17].map((sequence) => batcher.add(buildEntry(json, sequence)))
    expect(added.map((left) => left?.length)).toEqual([undefined, undefined, 14])
    batcher.take()
    expect(batcher.withdrawOldest()).toBeUndefined()
  })

  it('lets each event go at once when flushAt is 1', () => {
    const batcher = new Batcher(1, 'key')
    const entry = buildEntry('{}')
    expect(batcher.add(entry)).toEqual([entry])
    expect(batcher.count).toBe(0)
  })

  it.each(['key', '"\\"', 'ключ'])('fills a batch up to its bytes and keeps the event that does not fit: %s', (key) => {
    const batcher = new Batcher(2500, key)
    const json = `"${'x'.repeat(MAX_EVENT_BYTES - 2)}"`
    const bodyOf = (entries: Entry[]) =>
      JSON.stringify({ batch: entries.map((entry) => JSON.parse(entry.json)), writeKey: key, sentAt: new Date() })
    let left: Entry[] | undefined
    for (let sequence = 1; !left; sequence++) left = batcher.add(buildEntry(json, sequence))

    expect(left.map(({ sequence }) => sequence)).toEqual(left.map((_, index) => index + 1))
    expect(Buffer.byteLength(bodyOf(left))).toBeLessThanOrEqual(MAX_BATCH_BYTES)
    const [kept, ...others] = batcher.take()
    expect(kept?.sequence).toBe(left.length + 1)
    expect(others).toEqual([])
    expect(Buffer.byteLength(bodyOf([...left, buildEntry(json)]))).toBeGreaterThan(MAX_BATCH_BYTES)
  })
})

describe('requests', () => {
  it.each([
    ['ASCII', 'x', 'wk_unit'],
    ['multi-byte', '€', 'ключ'],
    ['surrogate pairs', '😀', 'wk_unit'],
  ])('never exceed 480 KB, and are filled close to it: %s', async (_, filler, writeKey) => {
    const client = createClient(collector, { flushAt: 2500, writeKey })
    const count = 120
    const sizes = Array.from({ length: count }, (_, index) => 9_000 + ((index * 7_919) % 23_000))
    for (const [index, size] of sizes.entries()) client.track(paramsOfSize(size, filler, index))
    expect(await client.flush()).toEqual({ delivered: count, failed: 0 })

    const byteCounts = collector.requests().map(({ bytes }) => bytes)
    expect(Math.max(...byteCounts)).toBeLessThanOrEqual(480 * 1024)
    const full = byteCounts.toSorted((a, b) => b - a).slice(0, -1)
    expect(Math.min(...full)).toBeGreaterThan((480 - 33) * 1024)
    expect(new Set(collector.events().map(({ event }) => event.messageId)).size).toBe(count)
    expect(collector.events().flatMap(({ problems }) => problems)).toEqual([])
  })

  /** Fifteen events that make one body of exactly so many bytes. */
  function trackBody(client: Analytics, writeKey: string, byteCount: number): void {
    const empty = JSON.stringify({ batch: [], writeKey, sentAt: new Date().toISOString() })
    const commas = 14
    const last = byteCount - Buffer.byteLength(empty) - commas - 14 * MAX_EVENT_BYTES
    for (let index = 0; index < 14; index++) client.track(paramsOfSize(MAX_EVENT_BYTES, 'x', index))
    client.track(paramsOfSize(last, 'x', 14))
  }

  it.each(['k', 'ключ'.repeat(20)])('are split at the byte, whatever the write key: %s', async (writeKey) => {
    const client = createClient(collector, { flushAt: 100, writeKey })
    trackBody(client, writeKey, MAX_BATCH_BYTES - 16)
    await client.flush()
    expect(collector.requests().map(({ bytes }) => bytes)).toEqual([MAX_BATCH_BYTES - 16])
    trackBody(client, writeKey, MAX_BATCH_BYTES + 1)
    await client.flush()
    // Two requests at once arrive in either order.
    const counts = collector.requests().map(({ eventCount }) => eventCount)
    expect(counts.toSorted((a, b) => b - a)).toEqual([15, 14, 1])
  })

  it('hold flushAt events, and leave without a flush once they do', async () => {
    const client = createClient(collector, { flushAt: 4 })
    const drained = new Promise<void>((resolve) => client.once('drained', resolve))
    for (let index = 0; index < 8; index++) client.track({ userId: 'u1', event: `${index}` })
    await drained
    expect(collector.requests().map(({ eventCount }) => eventCount)).toEqual([4, 4])
    expect(receivedNames(collector).toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  })
})
