import { expect, it } from 'vitest'
import type { ReceivedEvent } from '../../collector/index.ts'
import { type Outcome, summarize } from '../../scripts/demo/judge.ts'

const STARTED_AT_MS = Date.parse('2026-03-01T00:00:00.000Z')
const OUTCOME: Outcome = {
  request: {
    method: 'GET',
    path: '/visit',
    expectedStatus: 200,
    id: 'ada',
    expectedEvents: ['identify', 'track Visited', 'track Visited'],
  },
  status: 200,
  startedAtMs: STARTED_AT_MS,
  latencyMs: 4,
  endedAtMs: STARTED_AT_MS + 310,
}
const IDENTIFY = { type: 'identify', userId: 'ada', messageId: '1' }
const VISITED = { type: 'track', event: 'Visited', userId: 'ada', messageId: '2' }
const VISITED_AGAIN = { ...VISITED, messageId: '3' }
const ALL = [IDENTIFY, VISITED, VISITED_AGAIN]

function receive(event: ReceivedEvent['event'], changes: Partial<ReceivedEvent> = {}): ReceivedEvent {
  const receivedAt = new Date(STARTED_AT_MS + 10).toISOString()
  return {
    writeKey: 'k',
    requestIndex: 0,
    receivedAt,
    type: 'track',
    event,
    problems: [],
    duplicate: false,
    ...changes,
  }
}

function failuresOf(events: ReceivedEvent[], outcome = OUTCOME): readonly string[] {
  return summarize([outcome], events).failures
}

it('passes if each event arrived once', () => {
  const events = ALL.map((event) => receive(event))
  expect(summarize([OUTCOME], events)).toEqual({
    sent: 3,
    received: 3,
    lost: 0,
    duplicates: 0,
    medianLatencyMs: 4,
    medianLifeMs: 310,
    failures: [],
  })
})

it('names lost events', () => {
  expect(failuresOf([receive(IDENTIFY), receive(VISITED)])).toEqual(['lost: track Visited of GET /visit'])
})

it('names duplicate events', () => {
  const events = [...ALL, VISITED].map((event) => receive(event))
  expect(failuresOf(events)).toEqual(['arrived too often: track Visited of GET /visit'])
})

it('counts an event that arrived twice instead of another', () => {
  const events = [IDENTIFY, VISITED, VISITED].map((event, index) => receive(event, { duplicate: index === 2 }))
  expect(failuresOf(events)).toEqual(['came twice: track Visited (messageId 2)'])
})

it('names events that were never sent, events that the API would drop, and a wrong answer', () => {
  const events = [
    ...ALL.map((event) => receive(event)),
    receive(
      { type: 'track', event: 'Left', userId: 'bob', messageId: '4' },
      { problems: ['timestamp: must be ISO-8601'] },
    ),
  ]
  expect(failuresOf(events, { ...OUTCOME, status: 500 })).toEqual([
    'GET /visit was answered 500, not 200',
    'nobody sent track Left (messageId 4)',
    'the API would drop track Left (messageId 4): timestamp: must be ISO-8601',
  ])
})

it('names events that arrive after the host could have frozen the function', () => {
  const receivedAt = new Date(STARTED_AT_MS + 311).toISOString()
  const events = [receive(IDENTIFY), receive(VISITED), receive(VISITED_AGAIN, { receivedAt })]
  expect(failuresOf(events)).toEqual(['came when the host could have frozen the function: track Visited (messageId 3)'])
  expect(failuresOf(events, { ...OUTCOME, endedAtMs: 'unknown' })).toEqual([])
})

it('expects the events of an invocation in one request to the API', () => {
  const together = { ...OUTCOME, request: { ...OUTCOME.request, together: ['identify', 'track Visited'] } }
  expect(
    failuresOf(
      [IDENTIFY, VISITED, VISITED_AGAIN].map((event) => receive(event)),
      together,
    ),
  ).toEqual([])
  const events = [receive(IDENTIFY), receive(VISITED), receive(VISITED_AGAIN, { requestIndex: 1 })]
  expect(failuresOf(events, together)).toEqual([
    'came in several requests to the API: identify, track Visited of GET /visit',
  ])
})

it('counts an expected duplicate once, and expects the same id', () => {
  const request = { ...OUTCOME.request, expectedEvents: ['track Visited'], repeatedEvents: ['track Visited'] }
  const outcome = { ...OUTCOME, request }
  const repeat = receive(VISITED, { duplicate: true })
  expect(summarize([outcome], [receive(VISITED), repeat])).toMatchObject({
    sent: 1,
    received: 1,
    lost: 0,
    duplicates: 0,
    failures: [],
  })
  expect(failuresOf([receive(VISITED)], outcome)).toEqual(['lost: track Visited, once more of GET /visit'])
  expect(failuresOf([receive(VISITED), receive(VISITED_AGAIN)], outcome)).toEqual([
    'lost: track Visited, once more of GET /visit',
    'arrived too often: track Visited of GET /visit',
  ])
  expect(failuresOf([receive(VISITED), repeat, repeat], outcome)).toEqual([
    'arrived too often: track Visited of GET /visit',
  ])
})

it('names a function that did not finish, and the host of lost events', () => {
  const outcome: Outcome = { ...OUTCOME, request: { ...OUTCOME.request, host: 'Vercel' }, endedAtMs: 'pending' }
  expect(failuresOf([receive(IDENTIFY), receive(VISITED)], outcome)).toEqual([
    'GET /visit on Vercel did not finish',
    'lost: track Visited of GET /visit on Vercel',
  ])
})
