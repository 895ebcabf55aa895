import { expect, it, vi } from 'vitest'
import { PluginStage } from '../../../src/delivery/plugin-stage.ts'
import type { QueuedEvent } from '../../../src/delivery/queued-event.ts'
import { DeliveryError } from '../../../src/errors.ts'
import type { Context } from '../../../src/events/context.ts'
import { createGate, settle } from '../../support/plugins.ts'
import { createQueuedEvent } from '../../support/queue-parts.ts'

/** An event of the flush with this index. */
function createEvent(name: string, index = 0): QueuedEvent {
  return createQueuedEvent(JSON.stringify({ type: 'track', event: name }), index)
}

/** A stage whose plugins do this with each event. */
function create(prepare: (context: Context) => Context | Promise<Context> = (context) => context) {
  const loads: Promise<void>[] = []
  const log: string[] = []
  const plugins = { prepare: vi.fn(prepare), registry: { untilLoaded: () => loads[0] } }
  const note = (what: string, event: QueuedEvent) => log.push(`${JSON.parse(event.json).event} ${what}`)
  const onStop = vi.fn((event: QueuedEvent, reason: DeliveryError) => note(`stopped: ${reason.message}`, event))
  const stage = new PluginStage(plugins, (event) => note('arrived', event), onStop)
  return { stage, loads, log, plugins, onStop }
}

it('passes events on at once, with the context that the plugins return', () => {
  const { stage, log } = create()
  stage.enter(createEvent('A'))
  expect(log).toEqual(['A arrived'])
  expect(stage.isBlocked).toBe(false)
})

it('lets later events wait for a plugin that loads, in their order, and for one that is registered meanwhile', async () => {
  const { stage, loads, log } = create()
  const [first, second] = [createGate(), createGate()]
  loads.push(first.promise)
  stage.enter(createEvent('A'))
  stage.enter(createEvent('B'))
  loads[0] = second.promise
  first.open()
  await settle()
  expect(log).toEqual([])
  expect(stage.isBlocked).toBe(true)
  loads.pop()
  stage.enter(createEvent('C'))
  await settle()
  expect(log).toEqual([])
  second.open()
  await settle()
  expect(log).toEqual(['A arrived', 'B arrived', 'C arrived'])
  expect(stage.isBlocked).toBe(false)
})

it('stops, at a deadline, what it covers, even if a load never finishes', async () => {
  const { stage, loads, log } = create()
  const load = createGate()
  loads.push(load.promise)
  stage.enter(createEvent('A', 1))
  stage.enter(createEvent('B', 2))
  stage.enter(createEvent('C', 3))
  stage.expire(2)
  const stopped = 'stopped: plugins had not finished with the event at the deadline of the flush'
  expect(log).toEqual([`A ${stopped}`, `B ${stopped}`])
  loads.pop()
  load.open()
  await settle()
  expect(log.slice(2)).toEqual(['C arrived'])
  stage.expire(3)
  expect(log.length).toBe(3)
})

it('keeps no event that a deadline has stopped', () => {
  const { stage, loads } = create()
  loads.push(createGate().promise)
  stage.enter(createEvent('A'))
  stage.expire(0)
  expect(stage.isBlocked).toBe(false)
})

it.each<[string, (hook: ReturnType<typeof createGate>) => void]>([
  ['finishes', (hook) => hook.open()],
  ['fails', (hook) => hook.fail(new Error('too late'))],
])('ignores a plugin that %s after the deadline', async (_, end) => {
  const hook = createGate()
  const { stage, log } = create((context) => hook.promise.then(() => context))
  stage.enter(createEvent('A'))
  stage.expire(0)
  end(hook)
  await settle()
  expect(log).toEqual(['A stopped: plugins had not finished with the event at the deadline of the flush'])
})

it('waits for a plugin, and passes on with what it fails', async () => {
  const hook = createGate()
  const { stage, log, onStop } = create((context) => hook.promise.then(() => context))
  stage.enter(createEvent('A'))
  await settle()
  expect(log).toEqual([])
  const reason = new DeliveryError('ERR_PLUGIN', 'cancelled')
  hook.fail(reason)
  await settle()
  expect(onStop.mock.calls[0]?.[1]).toBe(reason)
})

it('says that a plugin cannot be read if its code throws outside of a hook', () => {
  const cause = new Error('a getter')
  const { stage, onStop } = create(() => {
    throw cause
  })
  stage.enter(createEvent('A'))
  expect(onStop.mock.calls[0]?.[1]).toMatchObject({ code: 'ERR_PLUGIN', message: 'a plugin cannot be read', cause })
})
