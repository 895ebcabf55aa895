import { beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type AnalyticsEvents, Emitter, type Listener } from '../../../src/events/emitter.ts'
import type { Context, DeliveryError, SegmentEvent } from '../../../src/index.ts'
import { Reporter } from '../../../src/lib/reporter.ts'
import { createClient, openCollector, receivedNames } from '../../support/client.ts'

const collector = await openCollector()
const reporter = new Reporter((text) => text)
const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
beforeEach(() => void reported.mockClear())

const RESPONSE = { url: 'u', status: 200, statusText: 'OK', headers: {}, body: '' }

describe('on, once and off', () => {
  it('calls every listener of the name in order, with the arguments, and no other', () => {
    const emitter = new Emitter(reporter)
    const calls: unknown[] = []
    emitter.on('http_response', (response) => calls.push(['first', response]))
    emitter.on('http_response', (...args) => calls.push(['second', ...args]))
    emitter.on('drained', () => calls.push('drained'))
    emitter.emit('http_response', RESPONSE)
    expect(calls).toEqual([
      ['first', RESPONSE],
      ['second', RESPONSE],
    ])
  })

  it("calls a listener with the client as this, like Segment's library", async () => {
    const client = createClient(collector)
    const subjects: unknown[] = []
    client.on('drained', function (this: unknown) {
      subjects.push(this)
    })
    await client.track({ userId: 'u1', event: 'A' })
    expect(subjects).toEqual([client])
  })

  it('calls a once() listener for the next event only, even if it emits the event itself', () => {
    const emitter = new Emitter(reporter)
    const listener = vi.fn(() => emitter.emit('drained'))
    emitter.once('drained', listener)
    emitter.emit('drained')
    emitter.emit('drained')
    expect(listener).toHaveBeenCalledTimes(1)
  })

  it.each(['on', 'once'] as const)('off removes a listener added with %s', (add) => {
    const emitter = new Emitter(reporter)
    const listener = vi.fn()
    emitter[add]('drained', listener)
    emitter.off('drained', listener)
    emitter.emit('drained')
    expect(listener).not.toHaveBeenCalled()
    expect(emitter.has('drained')).toBe(false)
  })

  it('keeps the permanent listener when once() fires', () => {
    const emitter = new Emitter(reporter)
    const listener = vi.fn()
    emitter.on('drained', listener)
    emitter.once('drained', listener)
    for (let count = 0; count < 3; count++) emitter.emit('drained')
    expect(listener).toHaveBeenCalledTimes(4)
  })

  it('off() does not affect other listeners and names', () => {
    const emitter = new Emitter(reporter)
    const [stays, goes] = [vi.fn(), vi.fn()]
    emitter.on('drained', stays)
    emitter.on('drained', goes)
    emitter.off('http_response', stays)
    emitter.off('drained', goes)
    emitter.emit('drained')
    expect(stays).toHaveBeenCalledTimes(1)
    expect(goes).not.toHaveBeenCalled()
  })

  it('lets a listener remove itself or add another', () => {
    const emitter = new Emitter(reporter)
    const [last, added] = [vi.fn(), vi.fn()]
    const first = vi.fn(() => {
      emitter.off('drained', first)
      emitter.on('drained', added)
    })
    emitter.on('drained', first)
    emitter.on('drained', last)
    emitter.emit('drained')
    expect([first, last, added].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0])
    emitter.emit('drained')
    expect([first, last, added].map(({ mock }) => mock.calls.length)).toEqual([1, 2, 1])
  })

  it('chains on a client', () => {
    const client = createClient(collector)
    const listener = () => {}
    expect(client.on('drained', listener).once('track', listener).off('drained', listener)).toBe(client)
  })

  it('says whether anybody was listening, even only once', () => {
    const emitter = new Emitter(reporter)
    emitter.once('drained', () => {})
    expect([emitter.emit('drained'), emitter.emit('drained')]).toEqual([true, false])
  })

  it('adds 20,000 listeners quickly, and warns once, at the eleventh', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const emitter = new Emitter(reporter)
    const startMs = performance.now()
    for (let count = 0; count < 10; count++) emitter.on('error', () => {})
    expect(warned).not.toHaveBeenCalled()
    for (let count = 0; count < 20_000; count++) emitter.on('error', () => {})
    expect(warned.mock.calls).toEqual([[expect.stringContaining("11 listeners of 'error'")]])
    // Copying the list for each took seconds.
    expect(performance.now() - startMs).toBeLessThan(1_000)
    warned.mockRestore()
  })

  it('knows whether there is a listener', () => {
    const emitter = new Emitter(reporter)
    expect(emitter.has('error')).toBe(false)
    emitter.once('drained', () => {})
    expect(emitter.has('drained')).toBe(true)
    emitter.emit('drained')
    expect(emitter.has('drained')).toBe(false)
  })
})

describe('a failing listener', () => {
  const boom = new Error('boom')
  it.each<[string, Listener<'drained'>]>([
    [
      'throws',
      () => {
        throw boom
      },
    ],
    ['rejects', () => Promise.reject(boom)],
    [
      'returns a thenable whose then throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: the thenable is the subject
        then: () => {
          throw boom
        },
      }),
    ],
  ])('that %s is reported, and the others are still called', async (_, fail) => {
    const emitter = new Emitter(reporter)
    const other = vi.fn()
    emitter.on('drained', fail)
    emitter.on('drained', other)
    emitter.emit('drained')
    await new Promise((resolve) => setImmediate(resolve))
    expect(other).toHaveBeenCalledTimes(1)
    expect(reported).toHaveBeenCalledTimes(1)
    expect(reported).toHaveBeenCalledWith(expect.stringMatching(/'drained' threw boom/))
  })

  it('never causes a batch to be sent again, or keeps its event from being delivered', async () => {
    const client = createClient(collector)
    const fail = () => {
      throw boom
    }
    const names = ['track', 'http_request', 'http_response', 'drained', 'error'] as const
    for (const name of names) client.on(name, fail)
    expect((await client.track({ userId: 'u1', event: 'A' })).status).toBe('delivered')
    expect(await client.flush()).toEqual({ delivered: 0, failed: 0 })
    expect(receivedNames(collector)).toEqual(['A'])
    expect(collector.requests()).toHaveLength(1)
    expect(reported).toHaveBeenCalledTimes(4)
  })

  it('for error does not hide the error from the others', async () => {
    collector.fail({ status: 404, statusText: 'Nope' })
    const client = createClient(collector)
    const heard = vi.fn()
    client.on('error', () => Promise.reject(boom))
    client.on('error', heard)
    const { messageId } = await client.track({ userId: 'u1', event: 'A' })
    expect(heard).toHaveBeenCalledTimes(1)
    expect(heard).toHaveBeenCalledWith({
      code: 'delivery_failure',
      reason: expect.objectContaining({
        code: 'ERR_HTTP_STATUS',
        status: 404,
        message: expect.stringContaining('[404] Nope'),
      }),
      ctx: expect.objectContaining({ id: messageId }),
    })
  })
})

describe('a delivered event', () => {
  it.each(['track', 'identify', 'page', 'screen', 'group', 'alias'] as const)(
    'is reported under its type: %s',
    async (type) => {
      const client = createClient(collector)
      const names = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'error'] as const
      const heard: unknown[] = []
      for (const name of names) client.on(name, (told) => heard.push([name, (told as { id?: string }).id]))
      const { messageId } = await client[type]({ userId: 'u1', event: 'A', groupId: 'g1', previousId: 'p1' })
      expect(heard).toEqual([[type, messageId]])
      expect(collector.events()[0]?.event.messageId).toBe(messageId)
    },
  )
})

it('listeners are typed by the name of their event', () => {
  expectTypeOf<Parameters<Listener<'track'>>>().toEqualTypeOf<[ctx: Context]>()
  expectTypeOf<Parameters<Listener<'call_after_close'>>>().toEqualTypeOf<[event: SegmentEvent]>()
  expectTypeOf<Parameters<Listener<'drained'>>>().toEqualTypeOf<[]>()
  expectTypeOf<AnalyticsEvents['error'][0]['ctx']>().toEqualTypeOf<Context>()
  expectTypeOf<DeliveryError>().toExtend<AnalyticsEvents['error'][0]['reason']>()
  const emitter = new Emitter(reporter)
  // @ts-expect-error there is no such event
  emitter.on('dained', () => {})
  // @ts-expect-error `drained` has no argument
  emitter.emit('drained', 5)
  // @ts-expect-error a response's status is a number
  emitter.on('http_response', ({ status }) => status.toUpperCase())
  expect(emitter.has('drained')).toBe(false)
})
