import { describe, expect, it } from 'vitest'
import { openCollector, receivedNames } from '../../support/client.ts'
import { runProgram } from '../../support/client-process.ts'

const collector = await openCollector()

const TRACK = `client.track({ userId: 'u1', event: 'A' })`

describe('a process exits by itself, with no timer left', () => {
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
  ])("while events wait for flushInterval if the client was unref'd %s", async (_, program) => {
    expect((await runProgram(collector, program)).code).toBe(0)
    expect(collector.requests()).toEqual([])
  })

  it.each([
    ['by default', TRACK],
    ['if ref() undoes unref()', `client.unref(); ${TRACK}; client.ref()`],
  ])('once events that waited for flushInterval are sent, %s', async (_, program) => {
    expect((await runProgram(collector, program, { settings: { flushInterval: 200 } })).code).toBe(0)
    expect(receivedNames(collector)).toEqual(['A'])
  })
})
