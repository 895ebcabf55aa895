import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Analytics } from 'analytics-edge'
import { captureAnalytics, createTestAnalytics } from 'analytics-edge/testing'
import { expect, test, vi } from 'vitest'

const EVENT = { userId: 'u1', event: 'Order Placed' }

/** A client, and the events that have reached its network. */
function createClient() {
  const sent: string[] = []
  const analytics = new Analytics({
    writeKey: 'k',
    maxRetries: 1,
    minRetryDelay: 1,
    httpClient: {
      async makeRequest({ body }) {
        sent.push(...JSON.parse(body).batch.map(({ event }: { event: string }) => event))
        return { status: 200, statusText: '' }
      },
    },
  })
  return { analytics, sent }
}

test('a client of createTestAnalytics sends nothing after restore, and its events say why', async () => {
  const fetch = vi.spyOn(globalThis, 'fetch')
  const put = vi.fn()
  const { privateKey } = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign'],
  )
  const httpClient = vi.fn()
  const all = [
    createTestAnalytics({ httpClient }),
    createTestAnalytics({ oauthSettings: { clientId: 'c', keyId: 'i', clientKey: privateKey, httpClient } }),
    createTestAnalytics({ handOver: { to: { put }, when: 'always' } }),
    createTestAnalytics({ handOver: { to: { put } } }),
  ]
  const reasons: string[] = []
  for (const { analytics, restore } of all) {
    analytics.on('error', ({ reason }) => {
      const { message, cause } = reason as Error
      reasons.push(`${message} ${cause}`)
    })
    restore()
    restore()
    expect(await analytics.track(EVENT)).toMatchObject({ status: 'failed' })
  }
  expect(reasons).toHaveLength(all.length)
  for (const reason of reasons) expect(reason).toContain('sends nothing after restore()')
  for (const mock of [fetch, put, httpClient]) expect(mock).not.toHaveBeenCalled()
  fetch.mockRestore()
})

test('under fake timers as well, such an event fails at once', async () => {
  vi.useFakeTimers()
  const { analytics, restore } = createTestAnalytics()
  restore()
  expect(await analytics.track(EVENT)).toMatchObject({ status: 'failed', attempts: 1 })
  vi.useRealTimers()
})

test('what was captured never reaches the network; what is tracked after restore does', async () => {
  const { analytics, sent } = createClient()
  const capture = captureAnalytics(analytics)
  const before = analytics.track({ ...EVENT, event: 'Before' })
  const cleared = analytics.track({ ...EVENT, event: 'Cleared' })
  capture.clear()
  capture.restore()
  const after = analytics.track({ ...EVENT, event: 'After' })
  expect(await Promise.all([before, cleared, after])).toMatchObject(Array(3).fill({ status: 'delivered' }))
  expect(sent).toEqual(['After'])
  expect(capture.events).toEqual([])
  expect(Reflect.has(globalThis, Symbol.for('analytics-edge.capture'))).toBe(false)
})

test('a retry that is pending at restore does not reach the network', async () => {
  const { analytics, sent } = createClient()
  const capture = captureAnalytics(analytics)
  capture.respond({ status: 503 })
  const retried = new Promise((resolve) => analytics.on('http_response', resolve))
  const delivery = analytics.track(EVENT).orThrow()
  await retried
  capture.restore()
  expect(await delivery).toMatchObject({ status: 'delivered', attempts: 2 })
  expect([sent, capture.delivered.length, capture.requests.length]).toEqual([[], 1, 1])
})

test.each([
  ['the inner one', [1, 0]],
  ['the outer one', [0, 1]],
])('of two captures of a client, both see everything, and %s can be restored first', async (_, order) => {
  const { analytics, sent } = createClient()
  const captures = [captureAnalytics(), captureAnalytics(analytics)]
  // The inner one has no say of its own.
  captures[0]?.respond({ status: 503, times: 1 }, { status: 200, times: 1 }, { status: 401, times: 1 })
  await analytics.track(EVENT)
  await analytics.track(EVENT)
  for (const { events, delivered, failed, requests } of captures) {
    expect([events.length, delivered.length, failed.length]).toEqual([2, 1, 1])
    expect(requests.map(({ status }) => status)).toEqual([503, 200, 401])
    expect(requests[2]?.events).toEqual([events[1]])
  }
  captures[1]?.respond({ status: 400, times: 1 })
  await analytics.track(EVENT)
  expect(captures.map(({ failed }) => failed.length)).toEqual([2, 2])
  const [first, second] = order.map((index) => captures[index])
  first?.restore()
  await analytics.track(EVENT)
  expect([first, second].map((capture) => capture?.events.length)).toEqual([3, 4])
  second?.restore()
  await analytics.track({ ...EVENT, event: 'Sent' })
  expect(sent).toEqual(['Sent'])
})

test('an earlier capture of all clients does not decide what a test client gets', async () => {
  const all = captureAnalytics()
  all.respond({ status: 401 })
  const { analytics, clear, restore } = createTestAnalytics()
  expect(await analytics.track(EVENT)).toMatchObject({ status: 'delivered' })
  clear()
  expect(await analytics.track(EVENT)).toMatchObject({ status: 'delivered' })
  expect([all.delivered.length, all.requests.length]).toEqual([2, 2])
  for (const end of [all.restore, restore]) end()
})

test('a wait does not keep the process alive after restore', async () => {
  const program = `
    import { mock } from 'node:test'
    import { createTestAnalytics } from 'analytics-edge/testing'
    mock.timers.enable()
    const { analytics, respond, settled, waitFor, restore } = createTestAnalytics()
    respond({ status: 503 })
    analytics.track({ userId: 'u1', event: 'E' })
    void settled()
    void waitFor('F', { timeout: 2147483647 })
    await new Promise((resolve) => analytics.on('http_response', resolve))
    restore()
    mock.timers.reset()
  `
  const options = { cwd: new URL('../../..', import.meta.url), timeout: 20_000 }
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options)
}, 30_000)
