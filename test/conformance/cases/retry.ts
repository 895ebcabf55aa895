import type { RequestRecord } from '../../../collector/index.ts'
import type { HTTPFetchRequest } from '../../../dist/index.js'
import { equal, ok } from '../assert.ts'
import { type Case, failureOf, LONG_MS, receivedNames, waitFor } from '../case.ts'

/** Statuses that say: try again. */
const TRANSIENT_STATUSES = [408, 410, 429, 460, 500, 502, 503, 504, 599]

/** All requests carry the same events, and say which try they are. */
function checkTries(requests: readonly RequestRecord[], count: number): void {
  equal(
    requests.map(({ retryCount }) => retryCount),
    Array.from({ length: count }, (_, index) => index),
    'X-Retry-Count',
  )
  equal('x-retry-count' in (requests[0]?.headers ?? {}), false, 'X-Retry-Count at the first try')
  for (const { messageIds } of requests) equal(messageIds, requests[0]?.messageIds, 'messageIds')
}

export const retryCases: Case[] = [
  {
    name: 'after two 500s the third attempt delivers, with the same messageIds and X-Retry-Count',
    async run({ createClient, collector }) {
      await collector.fail({ status: 500, times: 2 })
      const client = createClient()
      client.track({ userId: 'u1', event: 'One' })
      const outcome = await client.track({ userId: 'u1', event: 'Two' })
      equal([outcome.status, outcome.attempts], ['delivered', 3], 'the outcome and the attempts')
      const requests = await collector.requests()
      checkTries(requests, 3)
      equal(
        requests.map(({ status }) => status),
        [500, 500, 200],
        'answers',
      )
      equal(await receivedNames(collector), ['One', 'Two'])
      const times = requests.map(({ sentAt }) => Date.parse(sentAt ?? ''))
      ok(
        times.every((time, index) => time > (times[index - 1] ?? 0)),
        `sentAt is that of each try: ${times}`,
      )
    },
  },
  ...TRANSIENT_STATUSES.map(
    (status): Case => ({
      name: `${status} is retried`,
      async run({ createClient, collector }) {
        await collector.fail({ status, times: 1 })
        const outcome = await createClient().track({ userId: 'u1', event: 'E' })
        equal(outcome.status, 'delivered')
        checkTries(await collector.requests(), 2)
        equal(await receivedNames(collector), ['E'])
      },
    }),
  ),
  {
    name: 'maxRetries limits the retries, after which the event fails with the last status',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 503 })
      const reason = await failureOf(lib, createClient({ maxRetries: 2 }).track({ userId: 'u1', event: 'E' }))
      equal([reason.code, reason.status], ['ERR_HTTP_STATUS', 503])
      checkTries(await collector.requests(), 3)
    },
  },
  {
    name: 'maxRetries 0 makes one attempt',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 500 })
      equal((await failureOf(lib, createClient({ maxRetries: 0 }).track({ userId: 'u1', event: 'E' }))).status, 500)
      checkTries(await collector.requests(), 1)
    },
  },
  ...([{ retryAfter: 1 }, { status: 429, headers: { 'X-RateLimit-Reset': '1' } }] as const).map(
    (fault): Case => ({
      name: `${JSON.stringify(fault)}: the next attempt follows the requested pause, which does not count as a retry`,
      async run({ createClient, collector }) {
        await collector.fail({ ...fault, times: 1 })
        const outcome = await createClient({ maxRetries: 0 }).track({ userId: 'u1', event: 'E' })
        equal(outcome.status, 'delivered')
        const requests = await collector.requests()
        checkTries(requests, 2)
        const waitedMs = Date.parse(requests[1]?.at ?? '') - Date.parse(requests[0]?.at ?? '')
        // Timers of some runtimes are a little early.
        ok(waitedMs >= 950, `the second try came after ${waitedMs} ms`)
      },
    }),
  ),
  ...[408, 503].map(
    (status): Case => ({
      name: `a Retry-After on ${status} delays only that batch, and counts as a retry`,
      async run({ lib, createClient, collector }) {
        await collector.fail({ status, retryAfter: 2, times: 1 })
        const client = createClient({ maxRetries: 1 })
        const told = client.track({ userId: 'u1', event: 'Told to wait' })
        const waiting = told.then()
        await waitFor('the first answer', async () => (await collector.requests())[0]?.status === status)
        equal((await client.track({ userId: 'u2', event: 'Other' })).status, 'delivered')
        equal(await receivedNames(collector), ['Other'], 'while the first waits')
        equal((await waiting).status, 'delivered')
        const [first, , again] = await collector.requests()
        const waitedMs = Date.parse(again?.at ?? '') - Date.parse(first?.at ?? '')
        // Timers of some runtimes are a little early.
        ok(waitedMs >= 1_950, `the second try came after ${waitedMs} ms`)
        equal([again?.retryCount, again?.messageIds], [1, first?.messageIds], 'the second try')

        await collector.fail({ status, retryAfter: 1 })
        const reason = await failureOf(lib, createClient({ maxRetries: 0 }).track({ userId: 'u1', event: 'Once' }))
        equal([reason.code, reason.status], ['ERR_HTTP_STATUS', status], 'without a retry left')
        equal((await collector.requests()).length, 4, 'requests')
      },
    }),
  ),
  {
    name: 'with default settings, an outage of 3 s loses nothing',
    async run({ createClient, collector }) {
      let endMs: number | undefined
      const httpClient = async (url: string, init: HTTPFetchRequest) => {
        endMs ??= performance.now() + 3_000
        return performance.now() < endMs ? new Response('', { status: 503 }) : fetch(url, init)
      }
      const scope = createClient({ httpClient }).scope({ userId: 'u1' })
      const { status, attempts } = await scope.track({ event: 'E' })
      equal(status, 'delivered')
      ok(attempts >= 3, `${attempts} attempts: the first retries come early`)
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'a Retry-After beyond the deadline is not waited for: the event fails now, with its cause',
    async run({ lib, createClient, collector }) {
      await collector.fail({ retryAfter: 200 })
      const client = createClient()
      const delivery = client.track({ userId: 'u1', event: 'E' })
      const startedMs = Date.now()
      equal(await client.flush({ timeout: 100_000 }), { delivered: 0, failed: 1 })
      ok(Date.now() - startedMs < LONG_MS, 'it ended at once')
      const { code, cause } = await failureOf(lib, delivery)
      equal(code, 'ERR_DEADLINE')
      ok(cause instanceof lib.DeliveryError, `the cause ${String(cause)} is a DeliveryError`)
      equal(cause.status, 429)
    },
  },
  {
    name: 'a reset connection is retried',
    async run({ createClient, collector }) {
      await collector.fail({ reset: true, times: 1 })
      const outcome = await createClient().track({ userId: 'u1', event: 'E' })
      equal([outcome.status, outcome.attempts], ['delivered', 2])
      checkTries(await collector.requests(), 2)
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'a connection that is reset every time fails with ERR_NETWORK and its cause',
    async run({ lib, createClient, collector }) {
      await collector.fail({ reset: true })
      const { code, cause } = await failureOf(lib, createClient({ maxRetries: 1 }).track({ userId: 'u1', event: 'E' }))
      equal([code, cause instanceof Error], ['ERR_NETWORK', true])
      checkTries(await collector.requests(), 2)
    },
  },
  {
    name: 'a repeat after a lost answer has the same ids, so the events count once',
    async run({ createClient, collector }) {
      await collector.fail({ reset: 'after', times: 1 })
      await createClient().track({ userId: 'u1', event: 'E', messageId: 'm-1' })
      equal(
        (await collector.events()).map(({ event, duplicate }) => [event.messageId, duplicate]),
        [
          ['m-1', false],
          ['m-1', true],
        ],
      )
    },
  },
  {
    name: 'httpRequestTimeout ends a hanging request, and the next attempt delivers',
    async run({ createClient, collector }) {
      await collector.fail({ hang: true, times: 1 })
      const outcome = await createClient({ httpRequestTimeout: 1_500 }).track({ userId: 'u1', event: 'E' })
      equal([outcome.status, outcome.attempts], ['delivered', 2])
      checkTries(await collector.requests(), 2)
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'httpRequestTimeout at every attempt fails with ERR_TIMEOUT',
    async run({ lib, createClient, collector }) {
      await collector.fail({ hang: true })
      const client = createClient({ httpRequestTimeout: 500, maxRetries: 1 })
      equal((await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))).code, 'ERR_TIMEOUT')
      checkTries(await collector.requests(), 2)
    },
  },
]
