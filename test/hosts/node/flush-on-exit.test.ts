import { describe, expect, it } from 'vitest'
import { Analytics } from '../../../dist/index.js'
import { type FlushOnExitOptions, flushOnExit } from '../../../dist/node.js'
import { startFixture, startInShell } from './child.ts'
import { FOREVER_MS, THREE, useCollector } from './collected.ts'

const { createEnv, fail, receivedNames, requestCount, statuses, waitForRequest } = useCollector()

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'sends pending events once, then terminates the process: %s',
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
  ] as const)('leaves the exit status of a signal in the shell: %s, %i', async (signal, status) => {
    const shell = startInShell('server', createEnv())
    const [, pid] = (await shell.line('ready')).split(' ')
    process.kill(Number(pid), signal)
    await shell.line('status')
    expect(shell.lines.at(-1)).toBe(`status ${status}`)
    expect(receivedNames()).toEqual(THREE)
  })

  it('passes calls made during the flush to call_after_close', async () => {
    const child = startFixture('server', createEnv({ tracksLate: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(child.lines.slice(1)).toEqual(['after close Late'])
    expect(receivedNames()).toEqual(THREE)
  })

  it('also sends the events of an open scope', async () => {
    const child = startFixture('server', createEnv({ useScope: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames()).toEqual(THREE)
  })

  it('waits for a hanging endpoint no longer than the timeout, and the failure is reported', async () => {
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

  it('waits for a hanging endpoint no longer than the default timeout', async () => {
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
  ] as const)(
    'ends the process at once when it comes a second time during the flush: %s, then %s',
    async (first, second) => {
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
    },
  )

  it('that is not a default one triggers a flush if signals names it, and the default ones do not', async () => {
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

  it('flushes both clients, then terminates the process', async () => {
    const child = startFixture('two-clients', createEnv())
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames().toSorted()).toEqual(['App', 'Marketing'])
  })
})

describe("the application's own SIGTERM listener keeps control", () => {
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

  it('and can terminate the process by raising the signal again', async () => {
    const child = startFixture('graceful', createEnv({ method: 'on', raises: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames().toSorted()).toEqual(ALL)
  })

  it('and sends events tracked meanwhile and keeps the exit code if the process runs dry', async () => {
    const child = startFixture('graceful', createEnv({ method: 'on', endsNaturally: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(receivedNames().toSorted()).toEqual(ALL)
  })

  it('and the process still exits at the timeout if it runs dry with a hanging endpoint', async () => {
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
  it('sends pending events without waiting for flushInterval, and keeps the exit code', async () => {
    const child = startFixture('script', createEnv())
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(1)
  })

  it('also sends events tracked before flushOnExit was called', async () => {
    const child = startFixture('script', createEnv({ tracksFirst: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })

  it('also sends the events of an open scope', async () => {
    const child = startFixture('script', createEnv({ useScope: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })

  it('also sends an event that a callback tracks at that time', async () => {
    const child = startFixture('script', createEnv({ tracksInCallback: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual([...THREE, 'page', 'From a callback'])
  })

  it('retries an endpoint that fails at first', async () => {
    const env = createEnv()
    fail({ status: 503, times: 2 })
    const child = startFixture('script', env)
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(3)
  })

  it('waits for a hanging endpoint no longer than the timeout, reports the failure, and keeps the exit code', async () => {
    const env = createEnv({ options: { timeout: 300 }, settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('script', env)
    await child.line('ready')
    const startedMs = performance.now()
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(performance.now() - startedMs).toBeLessThan(4_500)
    expect(child.lines.slice(1)).toEqual(['error ERR_DEADLINE', 'error ERR_DEADLINE', 'error ERR_DEADLINE'])
  })

  it('does not flush a second time on a signal, which terminates the process', async () => {
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
  it('removes every listener, and can be called again', () => {
    const names = ['SIGINT', 'SIGTERM', 'beforeExit'] as const
    const countListeners = () => names.map((name) => process.listenerCount(name))
    const before = countListeners()
    const dispose = flushOnExit(new Analytics({ writeKey: 'wk' }))
    expect(countListeners()).toEqual(before.map((count) => count + 1))
    dispose()
    dispose()
    expect(countListeners()).toEqual(before)
  })

  it('restores the default effect of signals', async () => {
    const child = startFixture('disposed', createEnv({ isServer: true }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(requestCount()).toBe(0)
  })

  it('keeps the client working: pending events are sent after flushInterval', async () => {
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
  ])('are checked: %s %j throws a ValidationError, and no listener stays', (field, value) => {
    const listenerCount = process.listenerCount('SIGTERM')
    // A cast: these are the mistakes that types keep TypeScript users from making.
    const options = { [field]: value } as FlushOnExitOptions
    expect(() => flushOnExit(new Analytics({ writeKey: 'wk' }), options)()).toThrow(
      expect.objectContaining({ name: 'ValidationError', code: 'ERR_VALIDATION', field }),
    )
    expect(process.listenerCount('SIGTERM')).toBe(listenerCount)
  })

  it.each([undefined, null, {}, { flush: async () => {} }])(
    'are checked: %j instead of a client throws a ValidationError',
    (client) => {
      // A cast: as above.
      expect(() => flushOnExit(client as unknown as Analytics)).toThrow(
        expect.objectContaining({ name: 'ValidationError', field: 'analytics' }),
      )
    },
  )

  it('accept any timeout that flush accepts', () => {
    for (const timeout of [1, 2 ** 31 - 1, undefined]) {
      flushOnExit(new Analytics({ writeKey: 'wk' }), { timeout, shutdownTimeout: timeout })()
    }
  })
})

describe('without flushOnExit', () => {
  it.each(['flush', 'closeAndFlush', 'await'])(
    'nothing keeps the process alive after %s, not even flushInterval',
    async (flushesBy) => {
      const child = startFixture('plain', createEnv({ flushesBy, settings: { flushInterval: 60_000 } }))
      await child.line('ready')
      const startedMs = performance.now()
      expect(await child.end()).toEqual({ code: 0, signal: null })
      expect(performance.now() - startedMs).toBeLessThan(5_000)
      expect(receivedNames().slice(0, 3)).toEqual(THREE)
    },
  )

  it('events sent by flushAt do not keep it alive either', async () => {
    const child = startFixture('plain', createEnv({ settings: { flushAt: 3, flushInterval: 60_000 } }))
    await child.line('ready')
    const startedMs = performance.now()
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    expect(receivedNames()).toEqual(THREE)
  })

  it('pending events are sent after flushInterval if the program simply finishes', async () => {
    const child = startFixture('plain', createEnv({ settings: { flushInterval: 100 } }))
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedNames()).toEqual(THREE)
    expect(requestCount()).toBe(1)
  })
})
