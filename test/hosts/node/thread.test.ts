import { describe, expect, it } from 'vitest'
import { startFixture } from './child.ts'
import { THREE, useCollector } from './collected.ts'

const { createEnv, receivedNames, requestCount } = useCollector()

describe('a worker thread', () => {
  it('sends pending events when the thread runs dry', async () => {
    const child = startFixture('thread', createEnv())
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(child.lines).toEqual(['tracked', 'thread exit 0'])
    expect(receivedNames()).toEqual(THREE)
  })

  it('logs how many events were pending at process.exit(), which stops the thread', async () => {
    const child = startFixture('thread', createEnv({ exits: true }))
    const { stderr, ...ending } = await child.endWithStderr()
    expect(ending).toEqual({ code: 0, signal: null })
    expect(child.lines).toContain('thread exit 5')
    expect(stderr).toContain('3 events pending')
  })

  // What docs/node.md warns of.
  it.each(['SIGTERM', 'terminate()'])('loses its events on %s, and cannot report it', async (end) => {
    const child = startFixture('thread', createEnv({ stays: true, terminates: end === 'terminate()' }))
    await child.line('tracked')
    if (end === 'SIGTERM') child.kill('SIGTERM')
    await child.end()
    expect(requestCount()).toBe(0)
  })
})
