// analytics-edge/testing, loaded after the runner has faked the timers, which then stand still.

/** @returns {Record<string, () => Promise<void>>} cases that throw where something is wrong */
module.exports = function listLateCases({ core, testing }) {
  const EVENT = { userId: 'u1', event: 'E' }
  return {
    'an awaited call ends, and settled() resolves': async () => {
      const { analytics, delivered, settled, restore } = testing.createTestAnalytics()
      await analytics.track(EVENT)
      analytics.track(EVENT)
      await settled()
      if (delivered.length !== 2) throw new Error(`${delivered.length} events, not 2`)
      restore()
    },
    'waitFor resolves with a later event': async () => {
      const client = new core.Analytics({ writeKey: 'k', host: 'http://127.0.0.1:9' })
      const { waitFor, restore } = testing.captureAnalytics(client)
      const wait = waitFor('E')
      client.track(EVENT)
      await wait
      restore()
    },
    'waitFor rejects after its timeout, in real time': async () => {
      const { waitFor, restore } = testing.createTestAnalytics()
      const error = await waitFor('E', { timeout: 30 }).catch((reason) => reason)
      if (!`${error}`.includes('after 30 ms')) throw new Error(`it ends with ${error}`)
      restore()
    },
  }
}

/** A wait that leaves the fake clock alone. */
module.exports.checkNoTimers = async function checkNoTimers({ testing }, countTimers) {
  const { analytics, waitFor, settled, restore } = testing.createTestAnalytics()
  const before = countTimers()
  const waits = [waitFor('E'), waitFor('F', { timeout: 200 }).catch(() => {})]
  if (countTimers() !== before) throw new Error(`${countTimers() - before} timers of the fake clock`)
  analytics.track({ userId: 'u1', event: 'E' })
  await settled()
  await Promise.all(waits)
  if (countTimers() !== before) throw new Error(`${countTimers() - before} timers of the fake clock`)
  restore()
}
