import { expect, vi } from 'vitest'
import type { RemoteCollector } from '../../../support/remote-collector.ts'
import type { Answer, Sighting } from './kinds.ts'

const FIELDS = ['type', 'userId', 'anonymousId', 'name', 'event', 'properties', 'traits']

/** Waits until so many events have arrived and no request is under way. Fewer in time are a matter of `expectArrivals`. */
export async function settle(collector: RemoteCollector, count: number): Promise<void> {
  const isSettled = async () => {
    const [events, requests] = await Promise.all([collector.events(), collector.requests()])
    if (events.length < count) throw new Error(`${events.length} of ${count} events`)
    if (requests.some(({ status }) => status === 'pending')) throw new Error('a request is under way')
  }
  await vi.waitFor(isSettled, { timeout: 60_000, interval: 200 })
}

/** Expects that exactly these events have arrived, each well-formed and once, and that the app has waited for each answer. */
export async function expectArrivals(collector: RemoteCollector, expected: readonly Sighting[]): Promise<void> {
  const [events, requests] = await Promise.all([collector.events(), collector.requests()])
  expect(requests.filter(({ status }) => typeof status !== 'number')).toEqual([])
  expect(events.flatMap(({ problems }) => problems)).toEqual([])
  expect(events.filter(({ duplicate }) => duplicate)).toEqual([])
  expect(sort(events.map(({ event }) => pick(event)))).toEqual(sort(expected.map(pick)))
}

/** Expects that when the app had answered a user, the collector had answered no request with an event of theirs. */
export async function expectAnsweredFirst(
  collector: RemoteCollector,
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  const [events, requests] = await Promise.all([collector.events(), collector.requests()])
  const answeredAtMs = new Map(
    requests.map(({ index, at, durationMs }) => [index, Date.parse(at) + Number(durationMs)]),
  )
  const early = events.filter(({ event, requestIndex }) => {
    const answer = answers.get(idOf(event))
    // Not less than: what belongs to no answer, or has no time, is early, too.
    return !(answer && Number(answeredAtMs.get(requestIndex)) > answer.atMs)
  })
  expect(early).toEqual([])
}

/** The id that the request was made with. */
function idOf({ userId, anonymousId }: Sighting): string {
  return String(userId ?? anonymousId).replace(/^visitor-|@example\.com$/, '')
}

const pick = (event: Sighting) =>
  Object.fromEntries(FIELDS.filter((name) => name in event).map((name) => [name, event[name]]))

const sort = (rows: readonly Sighting[]) => rows.map((row) => JSON.stringify(row)).sort()
