import { describe, expect, it } from 'vitest'
import { startFixture } from './child.ts'
import { THREE, useCollector } from './collected.ts'

const { createEnv, receivedNames } = useCollector()

/** The one line, for so many events. */
const line = (events: string) =>
  `analytics-edge: the process ends with ${events} pending, lost unless already received. ` +
  'Before process.exit(), await analytics.closeAndFlush()\n'

describe('process.exit() with events pending', () => {
  it.each([
    [{}, '3 events'],
    [{ useScope: true }, '4 events'],
    [{ registersTwice: true }, '3 events'],
    [{ again: true }, '3 events'],
    [{ isAlone: true }, '3 events'],
    [{ isAlone: true, useScope: true, usesCommonJs: true }, '7 events'],
    [{ usesCommonJs: true }, '6 events'],
  ])('logs one line that says how many, and what to do: %j', async (config, events) => {
    const child = startFixture('exits', createEnv(config))
    expect(await child.endWithStderr()).toEqual({ code: 3, signal: null, stderr: line(events) })
  })

  it('also logs it after an uncaught exception', async () => {
    const { code, stderr } = await startFixture('exits', createEnv({ throws: true })).endWithStderr()
    expect(code).toBe(1)
    expect(stderr).toContain(line('3 events'))
  })

  it.each([
    [{ onExit: 'exits again' }, '3 events'],
    [{ onExit: 'throws' }, '3 events'],
    [{ onExit: 'tracks', flushes: true }, '1 event'],
    [{ onExit: 'tracks', tracksBefore: false, isAlone: true }, '1 event'],
  ])("logs one line, whatever the application's listeners do: %j", async (config, events) => {
    const { stderr } = await startFixture('exits', createEnv(config)).endWithStderr()
    expect(stderr.split('analytics-edge:')).toHaveLength(2)
    expect(stderr).toContain(line(events))
  })

  it('survives a console that throws', async () => {
    const child = startFixture('exits', createEnv({ breaksConsole: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
  })

  it('logs nothing for a disabled client', async () => {
    const child = startFixture('exits', createEnv({ isAlone: true, settings: { disable: true } }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
  })

  it.each([{}, { isAlone: true }])('logs nothing if nothing is pending: %j', async (config) => {
    const child = startFixture('exits', createEnv({ ...config, closes: true }))
    expect(await child.end()).toEqual({ code: 3, signal: null })
    expect(receivedNames()).toEqual(THREE)
  })
})
