import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import type { Line, RequestView } from '../../collector/journal.ts'

interface Changes {
  lines: Line[]
  requests: RequestView[]
  firstLine?: number
}

let collector: Collector
beforeEach(async () => {
  collector = await startCollector({ page: true })
})
afterEach(() => collector.close())

/** More than the sockets of both sides buffer. */
const COUNT = 1500
const TEXT = 'x'.repeat(20_000)
const BATCH_COUNT = 20
const RETRY_COUNT = 100

/** `names` in batches. */
async function send(names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += BATCH_COUNT) {
    const batch = names
      .slice(from, from + BATCH_COUNT)
      .map((event) => ({ type: 'track', event, userId: 'u', messageId: event, properties: { text: TEXT } }))
    await fetch(`${collector.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa('a-write-key:')}` },
      body: JSON.stringify({ batch }),
    })
  }
}

const nameEvents = (prefix: string) => Array.from({ length: COUNT }, (_, count) => `${prefix} ${count}`)

/** A page that has connected, and reads nothing yet. */
async function connect(): Promise<IncomingMessage> {
  // The cast: `once` does not know what the event passes.
  const [response] = (await once(get(`${collector.url}/_/live`), 'response')) as [IncomingMessage]
  return response
}

/** What a page gets, until it has seen `last`. */
async function read(response: IncomingMessage, last: (line: Line) => boolean): Promise<[string, Changes][]> {
  const messages: [string, Changes][] = []
  const pending: string[] = []
  for await (const chunk of response.setEncoding('utf8')) {
    pending.push(chunk)
    // A message has more than a megabyte, and looking through all of it for each chunk takes long.
    if (!chunk.includes('\n')) continue
    const parts = pending.splice(0).join('').split('\n\n')
    pending.push(parts.pop() ?? '')
    for (const part of parts) {
      const [, name = '', json = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? []
      const message: [string, Changes] = [name, { lines: [], requests: [], ...JSON.parse(json) }]
      messages.push(message)
      if (message[1].lines.some(last)) return messages
    }
  }
  return messages
}

it('a slow page never gets an older state after a newer one, and gets lines in their order', async () => {
  const remove = collector.fail({ status: 503 })
  await send(nameEvents('Event'))
  const response = await connect()
  remove()
  await send(nameEvents('Event').slice(-RETRY_COUNT))
  await send(['Last'])

  const newest = new Map<number, number>()
  const statuses = new Map<number, unknown>()
  for (const [, { lines, requests }] of await read(response, ({ name }) => name === 'Last')) {
    for (const { id, attempts } of lines) {
      const known = newest.get(id)
      if (known === undefined) expect(id).toBeGreaterThan([...newest.keys()].at(-1) ?? 0)
      expect(attempts.length).toBeGreaterThanOrEqual(known ?? 0)
      newest.set(id, attempts.length)
    }
    for (const { index, status } of requests) {
      if (status === 'pending') expect(statuses.has(index)).toBe(false)
      statuses.set(index, status)
    }
  }
  expect(newest.size).toBe(COUNT + 1)
  expect([...newest.values()].filter((count) => count === 2)).toHaveLength(RETRY_COUNT)
  expect([...statuses.values()].filter((status) => status === 200)).toHaveLength(RETRY_COUNT / BATCH_COUNT + 1)
})

it('a page that reads slowly gets nothing from before a clear after it', async () => {
  await send(nameEvents('Before'))
  const response = await connect()
  collector.clear()
  await send(['After'])
  const messages = await read(response, ({ name }) => name === 'After')
  const resets = messages.flatMap(([name], index) => (name === 'reset' ? [index] : []))
  const after = messages.slice((resets.at(-1) ?? 0) + 1)
  expect(resets).toHaveLength(2)
  expect(after.flatMap(([, { lines }]) => lines.map(({ name }) => name))).toEqual(['After'])
  expect(after.flatMap(([, { requests }]) => requests.map(({ eventCount }) => eventCount))).not.toContain(BATCH_COUNT)
})

it('a page that has stopped reading keeps its connection, and gets what is left when it goes on', async () => {
  const response = await connect()
  for (const prefix of ['A', 'B', 'C']) await send(nameEvents(prefix))
  await send(['Last'])
  const messages = await read(response, ({ name }) => name === 'Last')
  const names = new Set(messages.flatMap(([, { lines }]) => lines.map(({ name }) => name)))
  expect(nameEvents('C').every((name) => names.has(name))).toBe(true)
  expect(messages.filter(([name]) => name === 'reset')).toHaveLength(1)
  // 64 MB are kept, and the page drops what the collector has dropped.
  const firstLine = messages.at(-1)?.[1].firstLine
  expect(firstLine).toBeGreaterThan(1)
  const [, oldest] =
    (await read(await connect(), ({ name }) => name === 'Last')).find(([, { lines }]) => lines[0]) ?? []
  expect(oldest?.lines[0]?.id).toBe(firstLine)
})

it('an event that was dropped and is sent again, corrected, is accepted once and has no problem', async () => {
  const event = { type: 'track', event: 'A', userId: 'u', messageId: 'm', timestamp: '2026-01-01' }
  const track = async (changes: object) => {
    const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('a-write-key:')}` }
    await fetch(`${collector.url}/v1/track`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...event, ...changes }),
    })
    const messages = await read(await connect(), ({ messageId }) => messageId === 'm')
    return messages.at(-1)?.[1].lines[0]
  }
  const problem = 'traits: must be a plain object'
  expect(await track({ traits: 7 })).toMatchObject({ acceptedCount: 0, problems: [problem] })
  collector.fail({ status: 503, times: 1 })
  expect(await track({})).toMatchObject({ acceptedCount: 0, problems: [problem] })
  expect(await track({})).toMatchObject({ acceptedCount: 1, problems: [] })
  expect(await track({})).toMatchObject({ acceptedCount: 2, problems: [] })
})
