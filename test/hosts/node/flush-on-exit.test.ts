import { describe, expect, it } from 'vitest'
import { Analytics } from '../../../dist/index.js'
import { type FlushOnExitOptions, flushOnExit } from '../../../dist/node.js'
import { startFixture, startInShell } from './child.ts'
import { FOREVER_MS, THREE, useCollector } from './collected.ts'

const { createEnv, fail, receivedNames, requestCount, statuses, waitForRequest } = useCollector()

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: what is pending is sent once, then the signal ends it',
    async (signal) => {
      const child = startFixture('server', createEnv())
      await child.line('ready')
      expect(requestCount()).toBe(0)
      child.kill(signal)
      expect(await child.end()).toEqual({ code: null, signal })
      expect(receivedNames()).toEqual(THREE)
      expect(requestCount()).toBe(1)
    },
  )

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: a shell shows %i', async (signal, status) => {
    const shell = startInShell('server', createEnv())
    const [, pid] = (await shell.line('ready')).split(' ')
    process.kill(Number(pid), signal)
    await shell.line('status')
    expect(shell.lines.at(-1)).toBe(`status ${status}`)
    expect(receivedNames()).toEqual(THREE)
  })

  it('a call that comes meanwhile is handed back, not taken in', async () => {
    const child = startFixture('server', createEnv({ tracksLate: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(child.lines.slice(1)).toEqual(['after close Late'])
    expect(receivedNames()).toEqual(THREE)
  })

  it('the events of an open scope are sent, too', async () => {
    const child = startFixture('server', createEnv({ useScope: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames()).toEqual(THREE)
  })

  it('an endpoint that hangs holds it up for the timeout at most, and the failure is told', async () => {
    const env = createEnv({ options: { timeout: 300 }, settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('server', env)
    await child.line('ready')
    const startedMs = performance.now()
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    // The default timeout is 5 seconds: it was not that.
    expect(performance.now() - startedMs).toBeLessThan(4_500)
    expect(child.lines.slice(1)).toEqual(['error ERR_DEADLINE', 'error ERR_DEADLINE', 'error ERR_DEADLINE'])
  })

  it('an endpoint that hangs holds it up no longer than the default timeout, where none is given', async () => {
    const env = createEnv({ settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('server', env)
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(child.lines.slice(1)).toEqual(['error ERR_DEADLINE', 'error ERR_DEADLINE', 'error ERR_DEADLINE'])
  })

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('%s, then %s while the flush hangs: the second ends it at once', async (first, second) => {
    const env = createEnv({ options: { timeout: FOREVER_MS }, settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('server', env)
    await child.line('ready')
    child.kill(first)
    await waitForRequest()
    child.kill(second)
    expect(await child.endWithStderr()).toEqual({
      code: null,
      signal: second,
      stderr: expect.stringContaining('3 events pending'),
    })
  })

  it('signals: another one than usual is flushed, and the usual ones are left alone', async () => {
    const config = { options: { signals: ['SIGHUP' as const] } }
    const flushed = startFixture('server', createEnv(config))
    await flushed.line('ready')
    flushed.kill('SIGHUP')
    expect(await flushed.end()).toEqual({ code: null, signal: 'SIGHUP' })
    expect(receivedNames()).toEqual(THREE)

    const ended = startFixture('server', createEnv(config))
    await ended.line('ready')
    ended.kill('SIGTERM')
    expect(await ended.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(requestCount()).toBe(0)
  })

  it('two clients, each with flushOnExit: both are flushed, then the signal ends the process', async () => {
    const child = startFixture('two-clients', createEnv())
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames().toSorted()).toEqual(['App', 'Marketing'])
  })
})

describe("the application's own listener for SIGTERM keeps control", () => {
  const ALL = [...THREE, 'Shutdown began', 'Shutdown ended'].toSorted()

  it.each([
    { method: 'on', registersFirst: true },
    { method: 'on', registersFirst: false },
    { method: 'once', registersFirst: true },
    { method: 'once', registersFirst: false },
    { method: 'prependOnceListener', registersFirst: true },
    { method: 'prependOnceListener', registersFirst: false },
  ])('$method, registered before flushOnExit: $registersFirst', async (config) => {
    const child = startFixture('graceful', createEnv(config))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(child.lines).toContain('shut down')
    expect(receivedNames().toSorted()).toEqual(ALL)
  })

  it('where its last act is to raise the signal again, the signal ends it', async () => {
    const child = startFixture('graceful', createEnv({ method: 'on', raises: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames().toSorted()).toEqual(ALL)
  })

  it('where it lets the process run dry, what was tracked meanwhile is sent and the exit code kept', async () => {
    const child = startFixture('graceful', createEnv({ method: 'on', endsNaturally: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(receivedNames().toSorted()).toEqual(ALL)
  })

  it('where it lets the process run dry and the endpoint hangs, the process ends at the timeout', async () => {
    const env = createEnv({
      method: 'on',
      endsNaturally: true,
      options: { timeout: 300 },
      settings: { httpRequestTimeout: FOREVER_MS },
    })
    fail({ hang: true })
    const child = startFixture('graceful', env)
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(child.lines.filter((line) => line === 'error ERR_DEADLINE')).toHaveLength(ALL.length)
  })
})

describe('natural exit', () => {
  it('what is pending is sent without waiting for flushInterval, and the exit code is kept', async () => {
    const child = startFixture('script', createEnv())
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(1)
  })

  it('events tracked before flushOnExit was called are no exception', async () => {
    const child = startFixture('script', createEnv({ tracksFirst: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })

  it('the events of an open scope are sent, too', async () => {
    const child = startFixture('script', createEnv({ useScope: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })

  it('an event that a callback tracks at that time is sent, too', async () => {
    const child = startFixture('script', createEnv({ tracksInCallback: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual([...THREE, 'page', 'From a callback'])
  })

  it('an endpoint that fails at first is tried again', async () => {
    const env = createEnv()
    fail({ status: 503, times: 2 })
    const child = startFixture('script', env)
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(3)
  })

  it('an endpoint that hangs holds it up for the timeout at most, the failure is told, the exit code kept', async () => {
    const env = createEnv({ options: { timeout: 300 }, settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('script', env)
    await child.line('ready')
    const startedMs = performance.now()
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(performance.now() - startedMs).toBeLessThan(4_500)
    expect(child.lines.slice(1)).toEqual(['error ERR_DEADLINE', 'error ERR_DEADLINE', 'error ERR_DEADLINE'])
  })

  it('a signal during its flush flushes no second time and ends the process', async () => {
    const env = createEnv()
    fail({ delayMs: 500 })
    const child = startFixture('script', env)
    await waitForRequest()
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames()).toEqual(THREE)
    expect(statuses()).toEqual([200])
  })
})

describe('the returned function', () => {
  it('takes every listener away, and can be called again', () => {
    const names = ['SIGINT', 'SIGTERM', 'beforeExit'] as const
    const countListeners = () => names.map((name) => process.listenerCount(name))
    const before = countListeners()
    const dispose = flushOnExit(new Analytics({ writeKey: 'wk' }))
    expect(countListeners()).toEqual(before.map((count) => count + 1))
    dispose()
    dispose()
    expect(countListeners()).toEqual(before)
  })

  it('leaves signals to what they usually do', async () => {
    const child = startFixture('disposed', createEnv({ isServer: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(requestCount()).toBe(0)
  })

  it('leaves a client that works as before flushOnExit: pending events are sent after flushInterval', async () => {
    const child = startFixture('disposed', createEnv({ settings: { flushInterval: 100 } }))
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })
})

describe('options', () => {
  const WRONG_TIMES = [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5000', null]
  const WRONG_SIGNALS = ['SIGTERM', [''], ['SIGTREM'], ['SIGKILL'], ['SIGSTOP'], [15], null]

  it.each([
    ...WRONG_TIMES.map((value) => ['timeout', value] as const),
    ...WRONG_TIMES.map((value) => ['shutdownTimeout', value] as const),
    ...WRONG_SIGNALS.map((value) => ['signals', value] as const),
  ])('%s %j: a ValidationError, and no listener stays', (field, value) => {
    const listenerCount = process.listenerCount('SIGTERM')
    // A cast: these are the mistakes that types keep TypeScript users from making.
    const options = { [field]: value } as FlushOnExitOptions
    expect(() => flushOnExit(new Analytics({ writeKey: 'wk' }), options)()).toThrow(
      expect.objectContaining({ name: 'ValidationError', code: 'ERR_VALIDATION', field }),
    )
    expect(process.listenerCount('SIGTERM')).toBe(listenerCount)
  })

  it.each([undefined, null, {}, { flush: async () => {} }])('%j is no client: a ValidationError', (client) => {
    // A cast: as above.
    expect(() => flushOnExit(client as unknown as Analytics)).toThrow(
      expect.objectContaining({ name: 'ValidationError', field: 'analytics' }),
    )
  })

  it('a timeout as flush takes it is fine', () => {
    for (const timeout of [1, 2 ** 31 - 1, undefined]) {
      flushOnExit(new Analytics({ writeKey: 'wk' }), { timeout, shutdownTimeout: timeout })()
    }
  })
})

describe('without flushOnExit', () => {
  it.each(['flush', 'closeAndFlush', 'await'])(
    'after %s nothing keeps the process alive, least of all flushInterval',
    async (flushesBy) => {
      const child = startFixture('plain', createEnv({ flushesBy, settings: { flushInterval: 60_000 } }))
      await child.line('ready')
      const startedMs = performance.now()
      expect(await child.end()).toEqual({ code: 0, signal: null })
      expect(performance.now() - startedMs).toBeLessThan(5_000)
      expect(receivedNames().slice(0, 3)).toEqual(THREE)
    },
  )

  it('neither do events that flushAt has sent', async () => {
    const child = startFixture('plain', createEnv({ settings: { flushAt: 3, flushInterval: 60_000 } }))
    await child.line('ready')
    const startedMs = performance.now()
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    expect(receivedNames()).toEqual(THREE)
  })

  it('where the program just ends, what is pending is sent after flushInterval', async () => {
    const child = startFixture('plain', createEnv({ settings: { flushInterval: 100 } }))
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(1)
  })
})
