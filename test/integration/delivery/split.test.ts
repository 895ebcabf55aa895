import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors, trackMany, within } from '../../support/client.ts'
import { createPickyFetch, type SentEvent } from '../../support/retries.ts'

const collector = await openCollector()

const namesUpTo = (count: number, poison: string[] = []) =>
  Array.from({ length: count }, (_, index) => `${index}`).filter((name) => !poison.includes(name))

const sortNumbers = (names: unknown[]) => names.toSorted((a, b) => Number(a) - Number(b))

/** A server that rejects a request with one of these events in it. */
const rejecting =
  (poison: string[], status = 400) =>
  (events: SentEvent[]) =>
    events.some(({ event }) => poison.includes(event)) ? status : undefined

describe('a batch that is answered 400 because of some of its events', () => {
  it.each([
    [2, ['0']],
    [2, ['1']],
    [15, ['0']],
    [15, ['7']],
    [15, ['14']],
    [100, ['0']],
    [100, ['63']],
    [100, ['99']],
    [15, ['3', '11']],
    [100, ['49', '50']],
    [100, ['5', '90']],
    [15, ['0', '7', '14']],
    [100, ['1', '33', '80']],
  ])('of %i, %j, is split until only they fail, in few requests', async (count, poison) => {
    const { httpClient, batches } = createPickyFetch(rejecting(poison))
    const client = createClient(collector, { flushAt: count, httpClient })
    const errors = recordErrors(client)
    trackMany(client, count)
    expect(await client.flush()).toEqual({ delivered: count - poison.length, failed: poison.length })

    expect(sortNumbers(errors.map(({ ctx }) => ctx.event.event))).toEqual(poison)
    for (const { reason } of errors) {
      expect(reason).toBeInstanceOf(DeliveryError)
      expect(reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 400, message: '[400] Rejected' })
    }
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(count, poison))
    expect(collector.events().some(({ duplicate }) => duplicate)).toBe(false)
    // Two requests for each halving of each poison event.
    expect(batches.length).toBeLessThanOrEqual(1 + poison.length * 2 * Math.ceil(Math.log2(count)))
  })

  it('keeps its messageIds, and its parts are not retries', async () => {
    const { httpClient } = createPickyFetch(rejecting(['2']))
    const client = createClient(collector, { httpClient }).on('error', () => {})
    const ids = namesUpTo(4).map((name) => client.track({ userId: 'u1', event: name, messageId: `m-${name}` }))
    const outcomes = await Promise.all(ids)
    expect(outcomes.map(({ attempts }) => attempts)).toEqual([2, 2, 3, 3])
    expect(collector.events().map(({ event }) => event.messageId)).toEqual(['m-0', 'm-1', 'm-3'])
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([0, 0])
  })

  it('has parts that are retried separately', async () => {
    collector.fail({ status: 503, times: 1 })
    const { httpClient, batches } = createPickyFetch(rejecting(['3']))
    const client = createClient(collector, { httpClient, maxRetries: 1 }).on('error', () => {})
    trackMany(client, 4)
    expect(await client.flush()).toEqual({ delivered: 3, failed: 1 })
    expect(sortNumbers(receivedNames(collector))).toEqual(['0', '1', '2'])
    expect(batches).toHaveLength(6)
  })

  it('does not exempt its parts from the deadline, whose cause is the 400', async () => {
    const { httpClient } = createPickyFetch((events) => (events.length === 4 ? 400 : undefined))
    collector.fail({ hang: true })
    const client = createClient(collector, { httpClient })
    const errors = recordErrors(client)
    trackMany(client, 4)
    expect(await client.flush({ timeout: 300 })).toEqual({ delivered: 0, failed: 4 })
    for (const { reason } of errors) {
      expect(reason).toMatchObject({ code: 'ERR_DEADLINE', cause: { code: 'ERR_HTTP_STATUS', status: 400 } })
    }
    expect(errors).toHaveLength(4)
  })

  it('passes its deadline on: a part fails at once if its requested pause would outlast it', async () => {
    const { httpClient } = createPickyFetch((events) => (events.length === 4 ? 400 : undefined))
    collector.fail({ retryAfter: 60 })
    const client = createClient(collector, { httpClient })
    const errors = recordErrors(client)
    trackMany(client, 4)
    expect(await within(10_000, client.flush({ timeout: 30_000 }))).toEqual({ delivered: 0, failed: 4 })
    for (const { reason } of errors) expect(reason).toMatchObject({ code: 'ERR_DEADLINE', cause: { status: 429 } })
  })
})

describe('a 400 for anything that is sent', () => {
  it.each([
    [1, 1],
    [2, 3],
    [4, 7],
    // The rejection of all eighths settles it; three more may be in flight by then.
    [15, 18],
    [100, 18],
    [1000, 18],
  ])('stops splitting %i events after %i requests, and fails them all', async (count, requestCount) => {
    collector.fail({ status: 400, statusText: 'No Such Source' })
    const client = createClient(collector, { flushAt: count })
    const errors = recordErrors(client)
    trackMany(client, count)
    expect(await client.flush()).toEqual({ delivered: 0, failed: count })
    expect(errors).toHaveLength(count)
    for (const { reason } of errors) expect(reason).toMatchObject({ status: 400, message: '[400] No Such Source' })
    expect(collector.requests().length).toBeLessThanOrEqual(requestCount)
  })
})

describe('a batch that is answered 413', () => {
  it('is split until the parts fit', async () => {
    const { httpClient, batches } = createPickyFetch(({ length }) => (length > 3 ? 413 : undefined))
    const client = createClient(collector, { httpClient })
    trackMany(client, 10)
    expect(await client.flush()).toEqual({ delivered: 10, failed: 0 })
    expect(batches.map(({ length }) => length).toSorted((a, b) => b - a)).toEqual([10, 5, 5, 3, 3, 2, 2])
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(10))
  })

  it('is split down to single events', async () => {
    const { httpClient, batches } = createPickyFetch(({ length }) => (length > 1 ? 413 : undefined))
    const client = createClient(collector, { flushAt: 100, httpClient })
    trackMany(client, 40)
    expect(await client.flush()).toEqual({ delivered: 40, failed: 0 })
    expect(batches).toHaveLength(79)
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(40))
  })

  it('fails only the event that is too large', async () => {
    const { httpClient } = createPickyFetch(rejecting(['4'], 413))
    const client = createClient(collector, { httpClient })
    const errors = recordErrors(client)
    trackMany(client, 6)
    expect(await client.flush()).toEqual({ delivered: 5, failed: 1 })
    expect(errors).toMatchObject([{ reason: { code: 'ERR_HTTP_STATUS', status: 413 }, ctx: { event: { event: '4' } } }])
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(6, ['4']))
  })
})

describe('a failing batch', () => {
  it.each([1, 4])('does not stop the next ones, with %i requests at once', async (maxConcurrentRequests) => {
    collector.fail({ status: 404, requests: [0] })
    collector.fail({ status: 400, requests: [1] })
    const settings = { flushAt: 3, maxConcurrentRequests, maxRetries: 0 }
    const client = createClient(collector, settings)
    const errors = recordErrors(client)
    trackMany(client, 12)
    expect(await client.flush()).toEqual({ delivered: 9, failed: 3 })
    expect(errors.map(({ ctx }) => ctx.event.event)).toEqual(['0', '1', '2'])
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(12, ['0', '1', '2']))
  })

  it('because of one poison event neither stops nor delays the splitting of another', async () => {
    const { httpClient } = createPickyFetch(rejecting(['1', '5', '9']))
    const client = createClient(collector, { flushAt: 4, httpClient }).on('error', () => {})
    trackMany(client, 12)
    expect(await client.flush()).toEqual({ delivered: 9, failed: 3 })
    expect(sortNumbers(receivedNames(collector))).toEqual(namesUpTo(12, ['1', '5', '9']))
  })
})
