import { expect, it } from 'vitest'
import { UnhandledFailures } from '../../../../src/delivery/outcome/unhandled-failures.ts'
import type { QueuedEvent } from '../../../../src/delivery/queued-event.ts'
import { DeliveryError } from '../../../../src/errors.ts'
import { settle } from '../../../support/plugins.ts'
import { createQueuedEvent } from '../../../support/queue-parts.ts'

function create() {
  const warnings: string[] = []
  return { failures: new UnhandledFailures((detail) => warnings.push(detail)), warnings }
}

function fail(name: string, { answer, isAwaited = false }: { answer?: string; isAwaited?: boolean } = {}): QueuedEvent {
  const event = createQueuedEvent()
  event.fail(new DeliveryError('ERR_HTTP_STATUS', name, { answer }))
  if (isAwaited) event.whenReported(() => {})
  return event
}

it('warns of a failure that nothing handles', async () => {
  const { failures, warnings } = create()
  failures.note(fail('[403] Forbidden'))
  expect(warnings).toEqual([])
  await settle()
  expect(warnings).toEqual([' ERR_HTTP_STATUS, [403] Forbidden'])
})

it('shows what the server answered', async () => {
  const { failures, warnings } = create()
  failures.note(fail('[403] Forbidden', { answer: 'no such key' }))
  await settle()
  expect(warnings).toEqual([' ERR_HTTP_STATUS, [403] Forbidden; the response: no such key'])
})

it('warns once, however many failures there are', async () => {
  const { failures, warnings } = create()
  for (const name of ['first', 'second']) failures.note(fail(name))
  await settle()
  failures.note(fail('third'))
  await settle()
  expect(warnings).toEqual([' ERR_HTTP_STATUS, first'])
})

it('does not warn of failures that are awaited, also if that begins a turn later', async () => {
  const { failures, warnings } = create()
  failures.note(fail('awaited', { isAwaited: true }))
  const soon = fail('soon awaited')
  failures.note(soon)
  await undefined
  soon.whenReported(() => {})
  await settle()
  expect(warnings).toEqual([])
  failures.note(fail('another turn'))
  await settle()
  expect(warnings).toEqual([' ERR_HTTP_STATUS, another turn'])
})

it('checks a hundred failures of a turn, so that an overflowing queue does not stay in memory', async () => {
  for (const [awaitedCount, wanted] of [
    [99, [' ERR_HTTP_STATUS, last']],
    [100, []],
  ] as const) {
    const { failures, warnings } = create()
    for (let index = 0; index < awaitedCount; index++) failures.note(fail('awaited', { isAwaited: true }))
    failures.note(fail('last'))
    await settle()
    expect(warnings).toEqual(wanted)
  }
})
