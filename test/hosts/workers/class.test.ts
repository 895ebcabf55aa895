import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

const script = await bundleWorker(fileURLToPath(new URL('class-worker.ts', import.meta.url)))

const kinds = WORKERDS.flatMap((build) =>
  [[], ['nodejs_compat']].map((compatibilityFlags) => ({ ...build, build, compatibilityFlags })),
)

describe.each(kinds)('wrapped classes on the $age workerd ($version) with $compatibilityFlags', (kind) => {
  let collector: Collector
  let mf: Miniflare
  let url: string
  let logs: string[]

  beforeAll(async () => {
    collector = await startCollector()
    const main = {
      name: 'main',
      modules: true as const,
      script,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: kind.compatibilityFlags,
      durableObjects: { ROOM: 'Room' },
      serviceBindings: { SERVICE: { name: 'main', entrypoint: 'Service' } },
      bindings: { SEGMENT_HOST: collector.url },
    }
    ;({ mf, url, logs } = await startWorkerd({ workers: [main] }, kind.build))
    // The constructor's event belongs to no test.
    await fetch(`${url}/room`)
    await arrived(3)
  })
  afterAll(async () => {
    await mf?.dispose()
    await collector?.close()
  })
  beforeEach(() => {
    collector.clear()
    logs.length = 0
  })

  const get = async (path: string) => (await fetch(url + path)).text()

  /** The events, by user, once there are so many; each came once. */
  const arrived = async (count: number) => {
    await vi.waitFor(() => expect(collector.events().length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
    const events = collector.events()
    expect(events.filter(({ duplicate, problems }) => duplicate || problems.length > 0)).toEqual([])
    return events.map(({ event }) => `${event.userId} ${event.event}`).sort()
  }

  test('a fetch is one invocation: this.analytics and a helper that calls the client share its request', async () => {
    expect(await get('/room')).toBe('room')
    expect(await arrived(2)).toEqual(['client Fetched, Helper', 'room Fetched'])
    expect(collector.requests()).toHaveLength(1)
  })

  test('an RPC method and a getter are invocations, and a method called from inside belongs to its caller', async () => {
    expect(JSON.parse(await get('/room/hit'))).toEqual([expect.stringMatching(/^\d+ one$/), expect.any(Number)])
    expect(await arrived(4)).toEqual(['client Hit one, Helper', 'room Counted', 'room Hit one', 'room Sized'])
    expect(collector.requests()).toHaveLength(2)
  })

  test('overlapping methods of one object send their own events, and each returns its Outcome as plain data', async () => {
    const outcome = (name: string) => ({ messageId: `slow ${name}`, status: 'delivered', attempts: 1 })
    expect(JSON.parse(await get('/room/slow'))).toEqual([outcome('one'), outcome('two'), outcome('three')])
    await arrived(6)
    expect(collector.requests()).toHaveLength(3)
    for (const { requestIndex } of collector.events()) {
      const together = collector.events().filter((event) => event.requestIndex === requestIndex)
      expect(new Set(together.map(({ event }) => event.event)).size).toBe(1)
    }
  })

  test('a thenable returned by a method is called once', async () => {
    const before = Number(await get('/room/lazy'))
    expect(Number(await get('/room/lazy')) - before).toBe(1)
    await arrived(4)
  })

  test('a flush of the client in a nested scope covers the invocation around it', async () => {
    expect(await get('/room/nested')).toBe('0')
    expect(await arrived(2)).toEqual(['client Inner', 'room Outer'])
  })

  test('this.analytics is not available over RPC', async () => {
    expect(await get('/room/analytics')).toContain('does not implement the method')
  })

  test('an alarm is an invocation', async () => {
    expect(await get('/room/alarm')).toBe('set')
    expect(await arrived(2)).toEqual(['client Alarm, Helper', 'room Alarm'])
    expect(collector.requests()).toHaveLength(1)
  })

  test('each event of a hibernating WebSocket is an invocation', async () => {
    const { webSocket } = await mf.dispatchFetch('http://main/room/ws', { headers: { upgrade: 'websocket' } })
    if (!webSocket) throw new Error('no WebSocket')
    const messages: unknown[] = []
    webSocket.addEventListener('message', ({ data }) => messages.push(data))
    webSocket.accept()
    webSocket.send('one')
    await vi.waitFor(() => expect(messages).toEqual(['got one']), { timeout: 20_000 })
    webSocket.close(1000)
    expect(await arrived(3)).toEqual(['client Message, Helper', 'room Closed', 'room Message one'])
  })

  test("an entrypoint's fetch, methods and getters are invocations, even if one throws", async () => {
    expect(JSON.parse(await get('/service'))).toEqual(['service', 3, 'RangeError: from the method', 'label'])
    expect(await arrived(5)).toEqual([
      'client Added, Helper',
      'service Added',
      'service Failed',
      'service Fetched',
      'service Labelled',
    ])
    expect(collector.requests()).toHaveLength(4)
  })

  test('events tracked while a stream passes over RPC arrive', async () => {
    expect(await get('/service/stream')).toBe('012')
    const chunks = [0, 1, 2].flatMap((chunk) => [`client Chunk ${chunk}, Helper`, `service Chunk ${chunk}`])
    expect(await arrived(6)).toEqual(chunks.sort())
  })

  test('the classes keep their names and prototypes', async () => {
    expect(JSON.parse(await get('/names'))).toEqual(['RoomObject', 'ServiceEntrypoint', true])
    expect(logs.join('')).toBe('')
  })
})
