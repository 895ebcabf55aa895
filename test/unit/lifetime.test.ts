import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openCollector, receivedNames, WRITE_KEY, within } from './support.ts'

const collector = await openCollector()

/** Runs a program that has a `client`; answers with its exit code, or `'still pending'`. */
async function runProgram(program: string, flushInterval = 10_000): Promise<unknown> {
  const source = new URL('../../src/index.ts', import.meta.url)
  const script = `import { Analytics } from '${source}'
    const client = new Analytics({ writeKey: '${WRITE_KEY}', host: '${collector.url}', flushInterval: ${flushInterval} })
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
  const exit = await within(6000, once(child, 'exit'))
  child.kill('SIGKILL')
  return Array.isArray(exit) ? exit[0] : exit
}

const TRACK = `client.track({ userId: 'u1', event: 'A' })`

describe('a process ends by itself, with no timer left to wait for', () => {
  it.each([
    ['after a flush', `${TRACK}; await client.flush()`],
    ['after an awaited call', `await ${TRACK}`],
    ['after a scope', `await client.scope().run((scope) => scope.track({ userId: 'u1', event: 'A' }))`],
    ['after closeAndFlush', `${TRACK}; await client.closeAndFlush()`],
  ])('%s', async (_, program) => {
    expect(await runProgram(program)).toBe(0)
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it.each([
    ['before the call', `client.unref(); ${TRACK}`],
    ['after the call', `${TRACK}; client.unref()`],
  ])('when events still wait for their flushInterval and the client is unref, %s', async (_, program) => {
    expect(await runProgram(program)).toBe(0)
    expect(collector.requests()).toEqual([])
  })

  it.each([
    ['by default', TRACK],
    ['where ref() undid unref()', `client.unref(); ${TRACK}; client.ref()`],
  ])('once events have waited for their flushInterval and are sent, %s', async (_, program) => {
    expect(await runProgram(program, 200)).toBe(0)
    expect(receivedNames(collector)).toEqual(['A'])
  })
})
