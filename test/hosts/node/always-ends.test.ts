import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { listChildren } from '../../support/process-tree.ts'
import { startAsProcessOne, startFixture } from './child.ts'
import { FOREVER_MS, THREE, useCollector } from './collected.ts'

const { createEnv, fail, receivedNames, requestCount, waitForRequest } = useCollector()

describe('the signal terminates the process after the flush, with listeners that leave the exit to others', () => {
  const SIGNAL_EXIT = [
    ['signal-exit 4'],
    ['signal-exit 3'],
    ['signal-exit 3', 'signal-exit 4'],
    ['signal-exit 4', 'signal-exit 3'],
  ]
  it.each(SIGNAL_EXIT.flatMap((others) => [true, false].map((registersFirst) => ({ others, registersFirst }))))(
    '$others, with flushOnExit before them: $registersFirst',
    async (config) => {
      const child = startFixture('beside-others', createEnv(config))
      await child.line('ready')
      child.kill('SIGTERM')
      expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
      expect(receivedNames()).toEqual(THREE)
      expect(requestCount()).toBe(1)
      // They clean up, once.
      expect(child.lines.slice(1).toSorted()).toEqual(config.others.map((name) => `${name}: null SIGTERM`).toSorted())
    },
  )

  it('copies of signal-exit that wait for each other do not keep the process alive', async () => {
    const others = ['signal-exit 4.0', 'signal-exit 3', 'another signal-exit 3']
    const child = startFixture('beside-others', createEnv({ others }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames()).toEqual(THREE)
  })

  it.each([
    { others: ['the CommonJS copy'], registersFirst: true },
    { others: ['the CommonJS copy'], registersFirst: false },
    { others: ['a copy that was loaded again'], registersFirst: true },
    { others: ['a copy that was loaded again'], registersFirst: false },
    { others: ['a copy in another context'], registersFirst: true },
    { others: ['a copy in another context'], registersFirst: false },
    { others: ['a copy that was loaded again', 'the CommonJS copy', 'signal-exit 4'], registersFirst: false },
  ])('$others, with flushOnExit before them: $registersFirst: every client is flushed', async (config) => {
    const child = startFixture('beside-others', createEnv(config))
    await child.line('ready')
    child.kill('SIGINT')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGINT' })
    const copies = config.others.filter((name) => name.includes('copy'))
    expect(receivedNames().toSorted()).toEqual([...THREE, ...copies.map(() => 'Of the copy')].toSorted())
  })
})

describe("the application's own shutdown", () => {
  it('may take longer than the flush may', async () => {
    const config = { method: 'on', drainMs: 3_000, options: { timeout: 500 } }
    const child = startFixture('graceful', createEnv(config))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(receivedNames().toSorted()).toEqual([...THREE, 'Shutdown began', 'Shutdown ended'].toSorted())
  })

  it.each([{ others: ['one that ignores it'] }, { others: ['one that ignores it', 'signal-exit 4'] }])(
    'is flushed once more and ended by the signal if it exceeds shutdownTimeout: $others',
    async (config) => {
      const child = startFixture('beside-others', createEnv({ ...config, options: { shutdownTimeout: 1_000 } }))
      await child.line('ready')
      child.kill('SIGTERM')
      expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
      expect(child.lines).toEqual(['ready', 'ignored'])
      expect(receivedNames()).toEqual([...THREE, 'Later'])
    },
  )

  it('keeps running if its listener undoes flushOnExit', async () => {
    const child = startFixture('graceful', createEnv({ method: 'on', undoes: true, options: { shutdownTimeout: 1 } }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 7, signal: null })
    expect(child.lines).toContain('shut down')
  })
})

describe('a second signal terminates the process at once', () => {
  it.each([
    [['one that ignores it'], 'SIGTERM', 'SIGTERM', 1],
    [['one that ignores it'], 'SIGTERM', 'SIGINT', 1],
    [['signal-exit 4'], 'SIGINT', 'SIGINT', 1],
    [['signal-exit 3', 'signal-exit 4'], 'SIGINT', 'SIGTERM', 1],
    [['the CommonJS copy'], 'SIGINT', 'SIGTERM', 2],
  ] as const)('beside %j: %s, then %s', async (others, first, second, requests) => {
    const options = { timeout: FOREVER_MS, shutdownTimeout: FOREVER_MS }
    const env = createEnv({ others, options, settings: { httpRequestTimeout: FOREVER_MS } })
    fail({ hang: true })
    const child = startFixture('beside-others', env)
    await child.line('ready')
    child.kill(first)
    await waitForRequest(requests)
    child.kill(second)
    const { stderr, ...ending } = await child.endWithStderr()
    expect(ending).toEqual({ code: null, signal: second })
    // What it cuts off is not lost without a word.
    expect(stderr).toMatch(/^analytics-edge: .*\d events pending.*\n$/)
  })

  it('except for the echo of a Ctrl-C, which some tools send twice', { retry: 3 }, async () => {
    const env = createEnv()
    // All of it has to be over within the half second after which a second signal counts.
    fail({ delayMs: 100 })
    const child = startFixture('server', env)
    await child.line('ready')
    child.kill('SIGINT')
    await waitForRequest()
    child.kill('SIGINT')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGINT' })
    expect(receivedNames()).toEqual(THREE)
  })
})

describe('a process that its signal does not terminate', () => {
  it('exits with 128 + the number of the signal', async () => {
    const child = startFixture('server', createEnv({ options: { signals: ['SIGWINCH'] } }))
    await child.line('ready')
    child.kill('SIGWINCH')
    expect(await child.end()).toEqual({ code: 128 + 28, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })

  if (canUnshare()) {
    it('exits with 143 as process 1 of a container', async () => {
      const child = startAsProcessOne('server', createEnv())
      expect(await child.line('ready')).toBe('ready 1')
      // The process that `unshare` has forked, by its number outside.
      const [processOne = 0] = listChildren(child.pid)
      process.kill(processOne, 'SIGTERM')
      expect(await child.end()).toEqual({ code: 143, signal: null })
      expect(receivedNames()).toEqual(THREE)
    })
  } else {
    it('process 1 of a container: not run, because this machine has no namespaces', () => {
      expect(canUnshare()).toBe(false)
    })
  }
})

describe('a client of another kind', () => {
  it.each(['hangs', 'rejects', 'throws'])('whose flush %s does not keep the process alive', async (flush) => {
    const child = startFixture('foreign-client', createEnv({ flush, options: { timeout: 100 } }))
    await child.line('ready')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
    expect(receivedNames()).toEqual(THREE)
  })

  it('without pendingCount whose empty flush is slow does not keep it alive either', async () => {
    const child = startFixture('foreign-client', createEnv({ flush: 'takes a turn', isScript: true }))
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })
})

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', 'true'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}
