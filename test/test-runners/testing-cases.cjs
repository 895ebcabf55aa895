// analytics-edge/testing, as each runner loads it.

const EVENT = { userId: 'u1', event: 'Order Placed', properties: { total: 42 } }

/** For tests that the runner runs at the same time: each returns once all have begun, and has seen its own event alone. */
module.exports.createParallelTests = function createParallelTests({ testing }) {
  const COUNT = 4
  let begun = 0
  let letGo
  const all = new Promise((resolve) => {
    letGo = resolve
  })
  return Array.from({ length: COUNT }, (_, index) => async () => {
    const capture = testing.createTestAnalytics()
    capture.analytics.track({ ...EVENT, properties: { index } })
    if (++begun === COUNT) letGo()
    await all
    await capture.settled()
    if (capture.delivered.length !== 1) throw new Error(`${capture.delivered.length} events, not 1`)
    testing.assertTracked(capture, { properties: { index } })
    capture.restore()
  })
}

/** @returns {Record<string, () => Promise<void>>} cases that throw where something is wrong */
module.exports.listTestingCases = function listTestingCases({ core, lambda, testing }) {
  const { createTestAnalytics, captureAnalytics, assertTracked, assertNotTracked } = testing
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 30_000 }
  const equal = (actual, expected) => {
    if (actual !== expected) throw new Error(`${actual}, not ${expected}`)
  }
  const parallel = async (index) => {
    const capture = createTestAnalytics()
    capture.analytics.track({ ...EVENT, properties: { index } })
    await capture.settled()
    capture.analytics.identify({ userId: 'u1' })
    await capture.settled()
    assertTracked(capture, { properties: { index } })
    equal(capture.delivered.length, 2)
    capture.restore()
  }
  return {
    'an event is seen from inside the call, and delivered': async () => {
      const capture = createTestAnalytics()
      capture.analytics.track(EVENT)
      assertTracked(capture, { event: 'Order Placed', properties: { total: 42 } })
      assertNotTracked(capture, 'Order Shipped')
      await capture.settled()
      equal(capture.delivered.length, 1)
      capture.restore()
    },
    'what runs at the same time sees its own events': () =>
      Promise.all([0, 1, 2, 3].map(parallel)).then(() => undefined),
    'a client that a wrapper makes of its settings is captured': async () => {
      const capture = captureAnalytics()
      const handler = async (_event, _context, analytics) => void analytics.track(EVENT)
      await lambda.withAnalytics({ writeKey: 'k', host: 'http://127.0.0.1:9' }, handler)({}, context)
      await capture.settled()
      equal(capture.delivered.length, 1)
      capture.restore()
    },
    'an event can fail': async () => {
      const client = new core.Analytics({ writeKey: 'k', host: 'http://127.0.0.1:9' })
      const capture = captureAnalytics(client)
      capture.respond({ status: 401 })
      await client.track(EVENT)
      equal(capture.failed[0].reason.code, 'ERR_HTTP_STATUS')
      capture.restore()
    },
    'a test that ends without waiting leaves nothing behind': async () => {
      createTestAnalytics().analytics.track(EVENT)
    },
  }
}
