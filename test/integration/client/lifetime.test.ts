import { describe, expect, it } from 'vitest'
import { openCollector, receivedNames } from '../../support/client.ts'
import { runProgram } from '../../support/client-process.ts'

const collector = await openCollector()

const TRACK = `client.track({ userId: 'u1', event: 'A' })`

describe('a process ends by itself, with no timer left to wait for', () => {
  it.each([
    ['after a flush', `${TRACK}; await client.flush()`],
    ['after an awaited call', `await ${TRACK}`],
    ['after a scope', `await client.scope().run((scope) => scope.track({ userId: 'u1', event: 'A' }))`],
    ['after closeAndFlush', `${TRACK}; await client.closeAndFlush()`],
  ])('%s', async (_, program) => {
    expect((await runProgram(collector, program)).code).toBe(0)
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([
    ['before the call', `client.unref(); ${TRACK}`],
    ['after the call', `${TRACK}; client.unref()`],
  ])('when events still wait for their flushInterval and the client is unref, %s', async (_, program) => {
    expect((await runProgram(collector, program)).code).toBe(0)
    expect(collector.requests()).toEqual([])
  })

  it.each([
    ['by default', TRACK],
    ['where ref() undid unref()', `client.unref(); ${TRACK}; client.ref()`],
  ])('once events have waited for their flushInterval and are sent, %s', async (_, program) => {
    expect((await runProgram(collector, program, { settings: { flushInterval: 200 } })).code).toBe(0)
    expect(receivedNames(collector)).toEqual(['A'])
  })
})
