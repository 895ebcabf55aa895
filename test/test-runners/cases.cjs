// What has to end while a test's clock stands still: each case resolves when all that it tracked is settled.

const EVENT = { userId: 'u1', event: 'E' }

/** Resolves when all promises passed to a host's `waitUntil` have settled. */
async function hostOf(act) {
  const promises = []
  await act((promise) => promises.push(promise))
  for (const promise of promises) await promise
}

/**
 * @param {object} modules the package's, by subpath
 * @param {(settings?: object) => object} settings
 * @returns {Record<string, { eventCount: number, run: () => Promise<unknown> }>}
 */
module.exports = function listCases({ core, lambda, vercel }, settings) {
  const { Analytics } = core
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 30_000 }
  const handler = async (_first, _second, analytics) => {
    analytics.track(EVENT)
    await analytics.track(EVENT)
    analytics.track(EVENT)
  }
  const of = (eventCount, run) => ({ eventCount, run })
  return {
    'an awaited call': of(1, () => new Analytics(settings()).track(EVENT)),
    'awaited calls of one tick': of(3, () => {
      const client = new Analytics(settings())
      return Promise.all([client.track(EVENT), client.identify({ userId: 'u1' }), client.page({ userId: 'u1' })])
    }),
    'a call with a callback': of(
      1,
      () => new Promise((resolve) => new Analytics(settings({ flushAt: 1 })).track(EVENT, resolve)),
    ),
    'flush()': of(1, () => {
      const client = new Analytics(settings())
      client.track(EVENT)
      return client.flush()
    }),
    'closeAndFlush()': of(1, () => {
      const client = new Analytics(settings())
      client.track(EVENT)
      return client.closeAndFlush()
    }),
    'a call that passes plugins': of(1, async () => {
      const client = new Analytics(settings())
      client.register({ name: 'p', type: 'enrichment', load: async () => {}, track: async (ctx) => ctx })
      client.register({ name: 'd', type: 'destination', track: async (ctx) => ctx })
      await client.track(EVENT)
    }),
    'a call that a listener makes when the queue is full': of(1, async () => {
      const client = new Analytics(settings({ maxQueueSize: 1 }))
      const later = new Promise((resolve) => client.once('error', () => resolve(client.track(EVENT))))
      await Promise.all([client.track(EVENT), client.track(EVENT), later])
    }),
    'the handler of a scope': of(3, () => new Analytics(settings()).scope().run((scope) => handler(0, 0, scope))),
    'what a scope gives to waitUntil': of(1, () =>
      hostOf((waitUntil) => void new Analytics(settings()).scope({ waitUntil }).track(EVENT)),
    ),
    'what a scope gives to waitUntil, again and again': of(3, async () => {
      const promises = []
      const scope = new Analytics(settings()).scope({ waitUntil: (promise) => promises.push(promise) })
      for (const index of [0, 1, 2]) {
        scope.track(EVENT)
        await promises[index]
      }
    }),
    'what a handler leaves to waitUntil': of(3, () =>
      hostOf((waitUntil) => new Analytics(settings()).scope({ waitUntil }).run((scope) => handler(0, 0, scope))),
    ),
    'a handler on Lambda': of(3, () => lambda.withAnalytics(settings(), handler)({}, context)),
    'a handler on Vercel': of(3, () => vercel.withAnalytics(settings(), handler)({}, {})),
    'a handler on Vercel, with a waitUntil': of(3, () =>
      hostOf((waitUntil) => vercel.withAnalytics(settings(), handler)({}, { waitUntil })),
    ),
  }
}
