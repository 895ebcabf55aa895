import { expect, it } from 'vitest'
import type { TrackParams } from '../../../src/index.ts'
import { createClient, recordErrors } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

it.each<[string, unknown, string]>([
  ['a Date', new Date('2012-12-02T00:30:08.276Z'), '2012-12-02T00:30:08.276Z'],
  ['ISO 8601', '2012-12-02T00:30:08.276Z', '2012-12-02T00:30:08.276Z'],
  ['ISO 8601 with an offset', '2012-12-02T02:30:08+02:00', '2012-12-02T02:30:08+02:00'],
  ['a day', '2023-06-05', '2023-06-05'],
  ['a Date in the far future', new Date('2999-01-01T00:00:00Z'), '2999-01-01T00:00:00.000Z'],
  ['a Date in the year 1', new Date('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00.000Z'],
  ['an object of a date library', { toJSON: () => '2020-01-01T00:00:00Z' }, '2020-01-01T00:00:00Z'],
])('a timestamp that is %s arrives unchanged', async (_, timestamp, expected) => {
  const server = await startServer()
  // The cast: an object of a date library has no type here.
  const params = { userId: 'u1', event: 'A', timestamp } as TrackParams
  expect((await createClient(server).track(params)).status).toBe('delivered')
  expect(server.requests.flatMap(({ events }) => events.map((event) => event.timestamp))).toEqual([expected])
})

it.each<[string, unknown]>([
  ['seconds as text', '1685923200'],
  ['milliseconds', 1_685_923_200_000],
  ['zero', 0],
  ['a word', 'yesterday'],
  ['an empty text', ''],
  ['an invalid Date', new Date(Number.NaN)],
  ['an object that is not a date', { toISOString: () => 'x' }],
])('a timestamp that is %s fails its event, which is not sent', async (_, timestamp) => {
  const server = await startServer()
  const client = createClient(server)
  const errors = recordErrors(client)
  // The cast: what no type allows is the subject.
  client.track({ userId: 'u1', event: 'Order Placed', timestamp } as TrackParams)
  client.track({ userId: 'u1', event: 'neighbour' })
  expect(await client.flush()).toEqual({ delivered: 1, failed: 1 })
  expect(errors).toMatchObject([
    {
      reason: {
        code: 'ERR_INVALID_EVENT',
        field: '.timestamp',
        message: expect.stringContaining(".timestamp of track 'Order Placed' must be"),
      },
    },
  ])
  expect(server.names()).toEqual(['neighbour'])
})

it('historical events keep their times', async () => {
  const server = await startServer()
  const client = createClient(server, { flushAt: 100 })
  const count = 3_000
  for (let index = 0; index < count; index++) {
    client.track({ userId: `u${index}`, event: 'Imported', timestamp: new Date(1e12 + index * 1000) })
  }
  expect(await client.flush()).toEqual({ delivered: count, failed: 0 })
  const times = server.requests.flatMap(({ events }) => events.map(({ timestamp }) => timestamp))
  expect(new Set(times).size).toBe(count)
})
