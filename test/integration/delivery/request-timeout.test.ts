import { describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../../collector/index.ts'
import type { HTTPResponse } from '../../../src/index.ts'
import { answers, createClient, openCollector, receivedNames, within } from '../../support/client.ts'
import { runProgram } from '../../support/client-process.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A', messageId: 'm-1' }

describe('httpRequestTimeout', () => {
  it('covers a server that never answers', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector, { httpRequestTimeout: 1000, maxRetries: 0 })
    expect((await client.track(A)).error).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(answers(collector)).toEqual(['hang'])
    await vi.waitUntil(() => collector.requests()[0]?.durationMs !== undefined, { timeout: 5000 })
  })

  it('covers a client that never answers and ignores its signal', async () => {
    const httpClient = () => new Promise<HTTPResponse>(() => {})
    const client = createClient(collector, { httpClient, httpRequestTimeout: 100, maxRetries: 0 })
    expect(await within(5000, client.track(A))).toMatchObject({ messageId: 'm-1', error: { code: 'ERR_TIMEOUT' } })
  })

  it('covers a hanging body: a 200 still counts as delivered and is not sent again', async () => {
    collector.fail({ hangBody: true })
    const client = createClient(collector, { httpRequestTimeout: 200 })
    expect(await within(5000, client.track(A))).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(answers(collector)).toEqual([200])
    expect(receivedNames(collector)).toEqual(['A'])
  })

  it('covers a hanging body: a 503 is retried', async () => {
    collector.fail({ hangBody: true, status: 503, times: 1 })
    const outcome = await createClient(collector, { httpRequestTimeout: 200 }).track(A)
    expect(outcome.status).toBe('delivered')
    expect(answers(collector)).toEqual([503, 200])
  })

  it('applies to each attempt, so a retry can succeed', async () => {
    collector.fail({ hang: true, times: 1 })
    const outcome = await createClient(collector, { httpRequestTimeout: 150 }).track(A)
    expect(outcome).toMatchObject({ status: 'delivered', attempts: 2 })
    expect(collector.requests().map(({ retryCount }) => retryCount)).toEqual([0, 1])
  })
})

describe('a process exits by itself, with no timer or socket left', () => {
  const TRACK = `client.track({ userId: 'u1', event: 'A' })`
  it.each<[string, Fault, string, object]>([
    ['after retries', { status: 503, times: 2 }, 'delivered', {}],
    ['after a reset', { reset: true, times: 1 }, 'delivered', {}],
    ['after a request that timed out', { hang: true, times: 1 }, 'delivered', { httpRequestTimeout: 300 }],
    ['after bodies that never ended', { hangBody: true }, 'delivered', { httpRequestTimeout: 300 }],
    [
      'after errors whose bodies never ended',
      { hangBody: true, status: 503 },
      'ERR_HTTP_STATUS',
      { httpRequestTimeout: 300, maxRetries: 1 },
    ],
    ['after a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'ERR_HTTP_STATUS', {}],
    ['after a pause that was asked for', { retryAfter: 1, times: 1 }, 'delivered', {}],
  ])('%s', async (_, fault, outcome, settings) => {
    collector.fail(fault)
    const program = `const { status, error } = await ${TRACK}; console.log(error?.code ?? status)`
    expect(await runProgram(collector, program, { settings })).toEqual({ code: 0, stdout: `${outcome}\n` })
  })

  it.each<[string, Fault]>([
    ['a server that hangs', { hang: true }],
    ['a body that hangs', { hangBody: true, status: 503 }],
    ['a late answer', { delayMs: 60_000 }],
    ['a long pause', { retryAfter: 60 }],
    ['a long back-off', { status: 503 }],
  ])('after a flush that hit its deadline: %s', async (_, fault) => {
    collector.fail(fault)
    const program = `client.on('error', () => {}); ${TRACK}; console.log(JSON.stringify(await client.flush({ timeout: 300 })))`
    const settings = { minRetryDelay: 600_000, maxRetryDelay: 600_000 }
    const stdout = '{"delivered":0,"failed":1}\n'
    expect(await runProgram(collector, program, { settings })).toEqual({ code: 0, stdout })
    await vi.waitUntil(() => collector.requests().every(({ durationMs }) => durationMs !== undefined), {
      timeout: 5000,
    })
  })
})
