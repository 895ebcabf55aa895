import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ReceivedEvent, RequestRecord } from '../../../collector/index.ts'
import { type RemoteCollector, startRemoteCollector } from '../../support/remote-collector.ts'
import type { Driver, Outcome, Traits } from './driver.ts'
import { CHUNK_COUNT } from './handler.ts'
import type { Job, Situation } from './job.ts'

const PATIENCE_MS = 20_000
const CHUNKS = Array.from({ length: CHUNK_COUNT }, (_, chunk) => `Chunk ${chunk}`)

/** What every wrapper owes the handler that it wraps, asked of one runtime. */
export function describeContract(name: string, traits: Traits, start: (collectorUrl: string) => Promise<Driver>): void {
  describe.concurrent(name, () => {
    let collector: RemoteCollector
    let driver: Driver
    let caseCount = 0

    beforeAll(async () => {
      collector = await startRemoteCollector()
      driver = await start(collector.url)
    })
    afterAll(async () => {
      await driver?.stop()
      await collector?.stop()
    })

    /** A case's own write key, and what it sees of the collector and the driver by it. */
    const open = () => {
      const key = `${name}, case ${caseCount++}`
      const toJob = (situation: Situation, options: Partial<Job> = {}): Job => ({
        situation,
        key,
        user: `${key}-user`,
        ...options,
      })
      return {
        job: toJob,
        invoke: (...args: Parameters<typeof toJob>) => driver.invoke(toJob(...args)),
        fail: (fault: object) => collector.fail({ ...fault, writeKey: key }),
        events: (): Promise<ReceivedEvent[]> => collector.events(key),
        requests: (): Promise<RequestRecord[]> => collector.requests(key),
        /** The names of the events that are there now, sorted; each is well-formed and came once. */
        async names() {
          const events = await collector.events(key)
          expect(events.flatMap(({ problems }) => problems)).toEqual([])
          expect(events.filter(({ duplicate }) => duplicate)).toEqual([])
          return events.map(({ event }) => event.event).sort()
        },
      }
    }
    type Case = ReturnType<typeof open>

    /** The events are there at the end of the invocation, where that can be asked, or a little later. */
    const expectEvents = async ({ names }: Case, isCovered: boolean, expected: string[]) => {
      if (isCovered) expect(await names()).toEqual(expected)
      else await vi.waitFor(async () => expect(await names()).toEqual(expected), { timeout: PATIENCE_MS })
    }
    const covers = (situation: Situation) => traits.covered.includes(situation)

    const toldTo = async ({ invoke }: Case): Promise<unknown> => {
      const { text } = await invoke('told').outcome
      return JSON.parse(text)
    }

    const ownOutcome = (text: string): Outcome => ({
      status: 203,
      headers: expect.objectContaining({ 'x-own': 'yes' }),
      text,
    })

    test("returns the handler's own result, and delivers its events", async () => {
      const it = open()
      const { outcome, end } = it.invoke('visit')
      expect(await outcome).toEqual(ownOutcome('visited'))
      await end
      await expectEvents(it, covers('visit'), ['Visited'])
    })

    test("rejects with the handler's own error, and delivers its events", async () => {
      const it = open()
      const { outcome, end } = it.invoke('throw')
      expect(await outcome).toMatchObject({ error: 'own' })
      await end
      await expectEvents(it, covers('throw'), ['Before The Fall'])
    })

    if (traits.response === 'before-flush') {
      test('returns the response before the Tracking API has answered', async () => {
        const it = open()
        await it.fail({ delayMs: 3_000 })
        const { outcome, end } = it.invoke('visit')
        expect(await outcome).toEqual(ownOutcome('visited'))
        expect((await it.requests()).map(({ status }) => status)).not.toContain(200)
        await end
        await expectEvents(it, covers('visit'), ['Visited'])
      })

      test('does not make an error wait for the Tracking API either', async () => {
        const it = open()
        await it.fail({ delayMs: 3_000 })
        const { outcome, end } = it.invoke('throw')
        expect(await outcome).toMatchObject({ error: 'own' })
        expect((await it.requests()).map(({ status }) => status)).not.toContain(200)
        await end
        await expectEvents(it, covers('throw'), ['Before The Fall'])
      })
    } else {
      test('delivers the events before the response if nothing runs after it', async () => {
        const it = open()
        await it.fail({ delayMs: 500 })
        expect(await it.invoke('visit').outcome).toEqual(ownOutcome('visited'))
        expect((await it.requests()).map(({ status }) => status)).toEqual([200])
      })
    }

    test('sends the events of an invocation in one request, however many ticks it takes', async () => {
      const it = open()
      const { outcome, end } = it.invoke('ticks')
      await outcome
      await end
      await expectEvents(it, covers('visit'), ['First', 'Second', 'Third'])
      expect(await it.requests()).toHaveLength(1)
    })

    test('gives an awaited call its outcome inside the handler', async () => {
      const it = open()
      expect((await it.invoke('awaited').outcome).text).toBe('delivered 1')
    })

    test('retries a batch after a transient rejection', async () => {
      const it = open()
      await it.fail({ status: 503, times: 2 })
      const { outcome, end } = it.invoke('visit')
      expect(await outcome).toEqual(ownOutcome('visited'))
      await end
      await expectEvents(it, covers('visit'), ['Visited'])
      expect((await it.requests()).map(({ retryCount }) => retryCount)).toEqual([0, 1, 2])
    })

    test('delivers events tracked while the body is streaming', async () => {
      const it = open()
      const { outcome, end } = it.invoke('stream')
      expect((await outcome).text).toBe(CHUNKS.map((chunk) => `${chunk.toLowerCase()}\n`).join(''))
      await end
      await expectEvents(it, covers('stream'), CHUNKS)
    })

    test('delivers events tracked after the handler has returned', async () => {
      const it = open()
      const { outcome, end } = it.invoke('late')
      expect(await outcome).toEqual(ownOutcome('late'))
      await end
      await expectEvents(it, covers('late'), ['Late'])
    })

    test('keeps the events and outcomes of overlapping invocations apart', async () => {
      const it = open()
      const users = Array.from({ length: 20 }, (_, index) => ({
        user: `${it.job('pair').key}-${index}`,
        ms: (index % 5) * 40,
      }))
      const invocations = users.map((options) => it.invoke('pair', options))
      // Each has two pending events of its own at its end.
      for (const { outcome } of invocations) expect(await outcome).toEqual(ownOutcome('2'))
      await Promise.all(invocations.map(({ end }) => end))
      const expected = users.flatMap(() => ['Ended', 'Started']).sort()
      await expectEvents(it, covers('visit'), expected)
      const events = await it.events()
      for (const { event } of events) expect(event.context).toMatchObject({ locale: event.userId })
      const owners = (index: number) =>
        new Set(events.filter(({ requestIndex }) => requestIndex === index).map(({ event }) => event.userId))
      for (const { requestIndex } of events) expect(owners(requestIndex).size).toBe(1)
    })

    const DEEP = ['On The Client', 'On The Client Again', 'On The Scope']

    if (traits.joins) {
      test("makes a helper's events on a client at module scope join the invocation, however many overlap", async () => {
        const it = open()
        const users = Array.from({ length: 10 }, (_, index) => ({
          user: `${it.job('deep').key}-${index}`,
          ms: (index % 5) * 20,
        }))
        const invocations = users.map((options) => it.invoke('deep', options))
        for (const { outcome } of invocations) expect(await outcome).toEqual(ownOutcome('deep'))
        await Promise.all(invocations.map(({ end }) => end))
        await expectEvents(it, covers('visit'), users.flatMap(() => DEEP).sort())
        const requests = new Map((await it.events()).map(({ event, requestIndex }) => [event.userId, requestIndex]))
        // All events of an invocation in one request, and one for each invocation.
        expect(new Set(requests.values()).size).toBe(users.length)
        expect(await it.requests()).toHaveLength(users.length)
      })
    } else {
      test("delivers a helper's events on a client at module scope, apart from the invocation", async () => {
        const it = open()
        const { outcome, end } = it.invoke('deep')
        expect(await outcome).toEqual(ownOutcome('deep'))
        await end
        await expectEvents(it, false, DEEP)
        expect((await it.requests()).length).toBeGreaterThan(1)
      })
    }

    const end = traits.goesOn ? 'the events go on' : 'the failure is told'
    test(`ends within its budget if the Tracking API does not answer, and ${end}`, async () => {
      const it = open()
      await it.fail({ hang: true })
      const startMs = Date.now()
      const { outcome, end } = it.invoke('visit', { timeout: traits.budgetMs })
      expect(await outcome).toEqual(ownOutcome('visited'))
      await end
      const expected = traits.goesOn ? [] : ['ERR_DEADLINE']
      if (covers('visit')) expect(await toldTo(it)).toEqual(expected)
      const timeout = traits.budgetMs + PATIENCE_MS
      await vi.waitFor(async () => expect(await toldTo(it)).toEqual(expected), { timeout, interval: 200 })
      expect(Date.now() - startMs).toBeGreaterThan(traits.budgetMs * 0.9)
      expect(Date.now() - startMs).toBeLessThan(traits.budgetMs + PATIENCE_MS)
    })

    test('is unaffected by failing callbacks, listeners and plugins and a rejected batch, and leaves no rejection unhandled', async () => {
      const it = open()
      await it.fail({ status: 400, requests: [1] })
      for (const user of ['delivered', 'refused']) {
        const options = { user: `${it.job('visit').key}-${user}`, isHostile: true }
        const { outcome, end } = it.invoke('visit', options)
        expect(await outcome).toEqual(ownOutcome('visited'))
        await end
        const told = user === 'delivered' ? ['delivered'] : ['ERR_HTTP_STATUS']
        await vi.waitFor(
          async () => expect(JSON.parse((await it.invoke('told', options).outcome).text)).toEqual(told),
          { timeout: PATIENCE_MS },
        )
      }
      expect(await it.names()).toEqual(['Visited'])
      expect(driver.unhandled()).toEqual([])
    })
  })
}
