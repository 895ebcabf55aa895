import { expect, it } from 'vitest'
import type { QueuedEvent } from '../../../src/delivery/queued-event.ts'
import { DeliveryError } from '../../../src/errors.ts'
import { Context } from '../../../src/events/context.ts'
import type { SegmentEvent } from '../../../src/types.ts'
import { createQueuedEvent } from '../../support/queue-parts.ts'

function create(): QueuedEvent {
  return createQueuedEvent('{"type":"track","event":"A","messageId":"m1"}')
}

it('has a context with its event, the same at each reading', () => {
  const queued = create()
  const { context } = queued
  expect(context.event).toEqual({ type: 'track', event: 'A', messageId: 'm1' })
  expect(queued.context).toBe(context)
  expect(Context.failureOf(context)).toBeUndefined()
})

it('counts its requests, also in a context that a plugin has kept', () => {
  const queued = create()
  queued.countAttempt()
  const { context } = queued
  expect(context.attempts).toBe(1)
  queued.countAttempt()
  expect(context.attempts).toBe(2)
  expect(queued.outcome).toEqual({ messageId: 'm1', status: 'delivered', attempts: 2 })
})

it('survives a context whose attempts cannot be counted', () => {
  const queued = create()
  const context = new Context({ type: 'track' })
  Object.freeze(context)
  queued.context = context
  queued.countAttempt()
  expect(queued.outcome.attempts).toBe(1)
})

it.each([
  ['identify', 'identify'],
  ['purchase', 'track'],
])('that a plugin made a %s counts as %s', (type, wanted) => {
  const queued = create()
  // The cast: a plugin may write anything.
  queued.update(new Context({ type: type as 'track' }))
  expect(queued.type).toBe(wanted)
})

it.each([true, false])('shows why it failed in its context; read before: %s', (isReadBefore) => {
  const queued = create()
  const before = isReadBefore ? queued.context : undefined
  const reason = new DeliveryError('ERR_NETWORK', 'the request failed')
  queued.fail(reason)
  expect(queued.context).toBe(before ?? queued.context)
  expect(Context.failureOf(queued.context)).toEqual({ reason })
  const error = { code: 'ERR_NETWORK', message: 'the request failed' }
  expect(queued.outcome).toEqual({ messageId: 'm1', status: 'failed', attempts: 0, error })
})

it('has the status of the response in its outcome, if there was one', () => {
  const queued = create()
  queued.fail(new DeliveryError('ERR_HTTP_STATUS', '[403] Forbidden', { status: 403 }))
  expect(queued.outcome.error).toEqual({ code: 'ERR_HTTP_STATUS', message: '[403] Forbidden', status: 403 })
})

it('that onUndelivered accepted counts as handed over', () => {
  const queued = create()
  queued.fail(new DeliveryError('ERR_HANDED_OVER', 'the event was not delivered, and onUndelivered accepted it'))
  expect(queued.outcome.status).toBe('handed-over')
})

it('without JSON has the id of its call', () => {
  const queued = create()
  // The cast: an event that cannot be sent may lack anything.
  queued.showUnsent({ type: 'track', messageId: 'm2' } as SegmentEvent)
  expect(queued.outcome.messageId).toBe('m2')
})

it('calls a Delivery that comes after the report at once', () => {
  const calls: string[] = []
  const queued = create()
  queued.whenReported(() => calls.push('before'))
  queued.isReported = true
  queued.whenReported(() => calls.push('after'))
  expect(calls).toEqual(['after'])
})
