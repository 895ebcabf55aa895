import { describe, expect, it, vi } from 'vitest'
import { DeliveryError, ValidationError } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors, rest, trackMany } from '../../support/client.ts'

const collector = await openCollector()

describe('closeAndFlush', () => {
  it('flushes, then rejects later events and reports them to every listener', async () => {
    const client = createClient(collector)
    const errors = recordErrors(client)
    const refused = vi.fn()
    const callback = vi.fn()
    client.on('call_after_close', refused)
    trackMany(client, 2)
    const closed = client.closeAndFlush()
    const late = client.track({ userId: 'u1', event: 'late', messageId: 'm-late' }, callback)
    expect(callback).not.toHaveBeenCalled()
    expect(await closed).toEqual({ delivered: 2, failed: 0 })

    expect(await late).toMatchObject({ messageId: 'm-late', status: 'failed', error: { code: 'ERR_CLOSED' } })
    const reason: unknown = await late.orThrow().catch((error) => error)
    expect(reason).toBeInstanceOf(DeliveryError)
    expect(callback.mock.calls).toEqual([[reason, expect.objectContaining({ id: 'm-late' })]])
    expect(refused.mock.calls).toEqual([[expect.objectContaining({ event: 'late', messageId: 'm-late' })]])
    expect(errors).toEqual([])
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0 })
    expect(receivedNames(collector)).toEqual(['0', '1'])
  })

  it('still validates later calls', async () => {
    const client = createClient(collector)
    await client.closeAndFlush()
    // A cast, since the types would refuse the call, too.
    expect(() => client.track({} as never)).toThrow(ValidationError)
  })

  it('waits for the callbacks of the events it covers', async () => {
    const client = createClient(collector)
    let isDone = false
    client.track({ userId: 'u1', event: 'A' }, async () => {
      await rest(150)
      isDone = true
    })
    await client.closeAndFlush()
    expect(isDone).toBe(true)
  })

  it('called inside a callback after an await, does not wait for that callback', async () => {
    const client = createClient(collector)
    const closed = new Promise((resolve) => {
      client.track({ userId: 'u1', event: 'A' }, async () => {
        await rest(10)
        resolve(await client.closeAndFlush({ timeout: 60_000 }))
      })
    })
    await client.flush()
    expect(await closed).toEqual({ delivered: 0, failed: 0 })
  })

  it('finishes at its timeout', async () => {
    collector.fail({ hang: true })
    const client = createClient(collector)
    client.on('error', () => {}).track({ userId: 'u1', event: 'A' })
    expect(await client.closeAndFlush({ timeout: 150 })).toEqual({ delivered: 0, failed: 1 })
  })
})
