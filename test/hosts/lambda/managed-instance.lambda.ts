import { afterEach, describe, expect, test, vi } from 'vitest'
import { setStage } from './harness/function-stage.ts'
import { type ManagedInstance, startManagedInstance } from './harness/managed-instance.ts'

const stage = setStage()
let instance: ManagedInstance

afterEach(() => instance?.stop())

async function start(handler: string): Promise<ManagedInstance> {
  instance = await startManagedInstance({
    taskRoot: stage.taskRoot.path,
    handler,
    env: { SEGMENT_HOST: stage.collector.url },
  })
  return instance
}

/** Waits until each event was accepted in its first request; nothing else is invoked meanwhile. */
async function untilAccepted(...ids: string[]): Promise<void> {
  await vi.waitFor(async () => {
    const requests = await stage.collector.requests()
    expect(requests.flatMap(({ messageIds }) => messageIds).sort()).toEqual([...ids].sort())
    expect(new Set(requests.map(({ status }) => status))).toEqual(new Set([200]))
  }, 20_000)
  expect(instance.logs()).not.toContain('FAILED')
}

async function statuses(): Promise<unknown[]> {
  return (await stage.collector.requests()).map(({ status }) => status)
}

const response = (id: string) => ({ kind: 'response', body: JSON.stringify({ id }) })

test('overlapping invocations wait for their own events, each in a request of its own', async () => {
  const { invoke } = await start('managed.before')
  await stage.collector.fail({ delayMs: 300 })
  const ids = ['a', 'b', 'c', 'd']
  const runs = await Promise.all(
    ids.map(async (id, index) => {
      const { answer, latencyMs } = await invoke({ id, takeMs: index * 100 })
      expect(answer).toMatchObject(response(id))
      return latencyMs
    }),
  )
  expect(Math.min(...runs)).toBeGreaterThanOrEqual(299)
  await untilAccepted(...ids)
  const requests = (await stage.collector.requests()).map(({ messageIds }) => messageIds)
  expect(requests.sort()).toEqual(ids.map((id) => [id]))
})

test('calls on the client itself arrive, even if no other invocation follows', async () => {
  const { invoke } = await start('managed.byClient')
  await invoke({ id: 'by-client' })
  await untilAccepted('by-client')
})

describe('no event fails because of a freeze that never comes', () => {
  test('an event tracked after the end is sent without another invocation', async () => {
    const { invoke } = await start('managed.late')
    await invoke({ id: 'x' })
    await untilAccepted('x-in-time', 'x-late')
  })

  test('the result waits no longer than the flush timeout, and the events are delivered afterwards', async () => {
    const { invoke } = await start('managed.impatient')
    await stage.collector.fail({ delayMs: 4_000, times: 1 })
    const { answer, latencyMs } = await invoke({ id: 'slow' })
    expect(answer).toMatchObject(response('slow'))
    expect(latencyMs).toBeLessThan(3_500)
    expect(await statuses()).toEqual(['pending'])
    await untilAccepted('slow')
  })

  test('a handler that finishes with no time left', async () => {
    const { invoke } = await start('managed.before')
    await stage.collector.fail({ delayMs: 1_500, times: 1 })
    const { answer } = await invoke({ id: 'no-time', takeMs: 300 }, 500)
    expect(answer).toMatchObject(response('no-time'))
    await untilAccepted('no-time')
  })

  test('a handler that exceeds its timeout', async () => {
    const { invoke } = await start('managed.before')
    const running = invoke({ id: 'overdue', takeMs: 4_000 }, 1_000)
    await untilAccepted('overdue')
    await running
  })
})

test('after-response needs no extension: the caller gets the result before the API has answered', async () => {
  await stage.collector.fail({ delayMs: 4_000 })
  const { invoke, registrations } = await start('managed.after')
  const runs = await Promise.all(['a', 'b'].map((id) => invoke({ id })))
  expect(Math.max(...runs.map(({ latencyMs }) => latencyMs))).toBeLessThan(3_500)
  expect(await statuses()).not.toContain(200)
  await untilAccepted('a', 'b')
  expect(registrations).toEqual([])
  expect(instance.logs()).toBe('')
})
