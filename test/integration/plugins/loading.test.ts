import { describe, expect, test } from 'vitest'
import { Analytics, Context, DeliveryError, type Plugin, ValidationError } from '../../../src/index.ts'
import { createClient, openCollector, receivedNames, recordErrors, within } from '../../support/client.ts'
import { createGate, createPlugin, mark, settle, silence } from '../../support/plugins.ts'

const collector = await openCollector()
const seen = () => collector.events().map(({ event }) => (event.properties as { seen?: unknown }).seen)

describe('register', () => {
  test('calls load with a system context and the client, then ready, and resolves when both have ended', async () => {
    const client = createClient(collector)
    const steps: unknown[] = []
    client.on('register', (names) => steps.push(names))
    await client.register(
      createPlugin('p', 'enrichment', mark('p'), {
        load: async (ctx, instance) => {
          await settle()
          steps.push(['load', ctx instanceof Context, ctx.event.event, instance === client])
        },
        ready: async () => {
          await settle()
          steps.push('ready')
        },
      }),
    )
    steps.push('registered')
    expect(steps).toEqual([['load', true, 'system', true], 'ready', ['p'], 'registered'])
  })

  test('needs no load, ready, unload, isLoaded, version or alternativeNames, and ignores isLoaded', async () => {
    const client = createClient(collector)
    await client.register(
      { name: 'bare', type: 'enrichment', track: mark('bare') },
      {
        name: 'never loaded',
        type: 'enrichment',
        version: '1.0.0',
        isLoaded: () => false,
        track: mark('never loaded'),
      },
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([['bare', 'never loaded']])
  })

  test('accepts a plugin without hooks and a utility with some, neither of which sees events', async () => {
    const client = createClient(collector)
    let loads = 0
    await client.register(
      { name: 'none', type: 'before' },
      createPlugin('utility', 'utility', mark('utility'), { load: () => ++loads }),
    )
    await client.track({ userId: 'u1', event: 'E' })
    expect(loads).toBe(1)
    expect(seen()).toEqual([undefined])
  })

  test.each([
    ['nothing', undefined],
    ['no name', { type: 'before' }],
    ['an empty name', { name: '', type: 'before' }],
    ['an unknown type', { name: 'p', type: 'middle' }],
    ['a hook that is not a function', { name: 'p', type: 'before', track: 'x' }],
  ])('rejects %s with a ValidationError, and registers none of the others', async (_what, plugin) => {
    const client = createClient(collector)
    // A cast: these are mistakes that types keep TypeScript users from making.
    const registered = client.register(createPlugin('good', 'enrichment', mark('good')), plugin as Plugin)
    await expect(registered).rejects.toBeInstanceOf(ValidationError)
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([undefined])
  })
})

describe('while plugins load', () => {
  test('events wait, and leave in order, together with later ones', async () => {
    const client = createClient(collector, { flushAt: 100 })
    const gate = createGate()
    const registered = client.register(createPlugin('p', 'enrichment', mark('p'), { load: () => gate.promise }))
    const tracked: string[] = []
    const track = (event: string) => {
      tracked.push(event)
      client.track({ userId: 'u1', event })
    }
    for (let index = 0; index < 5; index++) track(`waiting ${index}`)
    // From each microtask around the end of the load, some before and some after it.
    const inBetween = gate.promise.then(async () => {
      for (let index = 0; index < 12; index++) {
        track(`between ${index}`)
        await undefined
      }
    })
    await settle()
    expect(client.pendingCount).toBe(5)
    gate.open()
    await Promise.all([registered.then(() => track('after register')), inBetween])
    await client.flush()
    expect(receivedNames(collector)).toEqual(tracked)
    expect(seen()).toEqual(tracked.map(() => ['p']))
  })

  test('a second plugin that loads meanwhile is also waited for', async () => {
    const client = createClient(collector)
    const [first, second] = [createGate(), createGate()]
    void client.register(createPlugin('first', 'enrichment', mark('first'), { load: () => first.promise }))
    client.track({ userId: 'u1', event: 'One' })
    void client.register(createPlugin('second', 'enrichment', mark('second'), { load: () => second.promise }))
    client.track({ userId: 'u1', event: 'Two' })
    first.open()
    await settle()
    expect(client.pendingCount).toBe(2)
    second.open()
    await client.flush()
    expect(receivedNames(collector)).toEqual(['One', 'Two'])
    expect(seen()).toEqual([
      ['first', 'second'],
      ['first', 'second'],
    ])
  })

  test('a destination holds up no event, and gets those tracked meanwhile once it has loaded', async () => {
    const client = createClient(collector)
    const gate = createGate()
    const got: unknown[] = []
    const take = (ctx: Context) => {
      got.push(ctx.event.event)
      return ctx
    }
    const registered = client.register(createPlugin('elsewhere', 'destination', take, { load: () => gate.promise }))
    client.track({ userId: 'u1', event: 'One' })
    const flushed = client.flush()
    await expect.poll(() => receivedNames(collector)).toEqual(['One'])
    expect(got).toEqual([])
    gate.open()
    await registered
    await flushed
    expect(got).toEqual(['One'])
  })

  test('a destination that fails to load gets no events, and no event waits for it', async () => {
    const console = silence()
    const client = createClient(collector)
    const errors = recordErrors(client)
    const gate = createGate()
    const registered = client.register(
      createPlugin('elsewhere', 'destination', () => expect.unreachable(), { load: () => gate.promise }),
    )
    const tracked = client.track({ userId: 'u1', event: 'One' })
    gate.fail(new Error('offline'))
    await registered
    expect((await tracked).status).toBe('delivered')
    expect(errors.map(({ code }) => code)).toEqual(['plugin_failure'])
    expect(console.warn).toHaveBeenCalledOnce()
  })

  test('a load that never ends delays events only until the deadline of a flush', async () => {
    const client = createClient(collector)
    client.on('error', () => {})
    void client.register(createPlugin('p', 'enrichment', mark('p'), { load: () => new Promise(() => {}) }))
    const tracked = client.track({ userId: 'u1', event: 'E' })
    expect(await client.flush({ timeout: 30 })).toEqual({ delivered: 0, failed: 1 })
    expect((await tracked).error?.code).toBe('ERR_DEADLINE')
  })
})

describe('a plugin that fails to load', () => {
  const cause = new Error('no network')
  const failing = (more: Partial<Plugin> = {}): Plugin =>
    createPlugin('failing', 'enrichment', mark('failing'), { load: () => Promise.reject(cause), ...more })

  test.each<[how: string, more: Partial<Plugin>]>([
    ['load rejects', { load: () => Promise.reject(cause) }],
    [
      'load throws',
      {
        load: () => {
          throw cause
        },
      },
    ],
    ['ready rejects', { load: () => undefined, ready: () => Promise.reject(cause) }],
  ])('is left out, with a warning and an error event: %s', async (_how, more) => {
    const console = silence()
    const client = createClient(collector)
    const errors = recordErrors(client)
    await client.register(failing(more), createPlugin('good', 'enrichment', mark('good')))
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([['good']])
    expect(console.warn).toHaveBeenCalledOnce()
    expect(String(console.warn.mock.lastCall?.[0])).toContain("'failing'")
    expect(errors).toHaveLength(1)
    const [error] = errors
    expect(error).toMatchObject({ code: 'plugin_failure', reason: { code: 'ERR_PLUGIN', cause } })
    expect(error?.reason).toBeInstanceOf(DeliveryError)
    expect(error?.ctx.logs()).toMatchObject([{ level: 'warn', extras: { plugin: 'failing', error: cause } }])
  })

  test('and is critical stops delivery, with a reason for each event, until it is deregistered', async () => {
    silence()
    const client = createClient(collector)
    const errors = recordErrors(client)
    const gate = createGate()
    const registered = client.register(failing({ critical: true, load: () => gate.promise }))
    const waiting = client.track({ userId: 'u1', event: 'Waiting' })
    gate.fail(cause)
    await registered
    const later = client.track({ userId: 'u1', event: 'Later' })
    for (const delivery of [waiting, later]) {
      await expect(delivery.orThrow()).rejects.toMatchObject({ code: 'ERR_PLUGIN', cause })
    }
    expect(errors.map(({ code }) => code)).toEqual(['plugin_failure', 'delivery_failure', 'delivery_failure'])
    expect(collector.requests()).toEqual([])

    await client.deregister('failing')
    await client.track({ userId: 'u1', event: 'Free' })
    expect(receivedNames(collector)).toEqual(['Free'])
  })

  test('and is a critical destination also stops delivery while events wait for it', async () => {
    silence()
    const client = createClient(collector)
    client.on('error', () => {})
    const gate = createGate()
    void client.register(failing({ type: 'destination', critical: true, load: () => gate.promise }))
    const tracked = client.track({ userId: 'u1', event: 'E' })
    await settle()
    gate.fail(cause)
    expect((await tracked).error?.code).toBe('ERR_PLUGIN')
    expect(collector.requests()).toEqual([])
  })
})

describe('deregister', () => {
  test('removes plugins by name, unloads them, and emits deregister', async () => {
    const client = createClient(collector)
    const steps: unknown[] = []
    client.on('deregister', (names) => steps.push(names))
    const unload = async (ctx: Context, instance: Analytics) => {
      await settle()
      steps.push([ctx instanceof Context, instance === client])
    }
    await client.register(
      createPlugin('a', 'enrichment', mark('a'), { unload }),
      createPlugin('b', 'enrichment', mark('b')),
      createPlugin('c', 'enrichment', mark('c')),
    )
    await client.deregister('a', 'c', 'unknown')
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([['b']])
    expect(steps).toEqual([
      [true, true],
      ['a', 'c', 'unknown'],
    ])
  })

  test('removes a plugin even if its unload fails, and reports that', async () => {
    silence()
    const client = createClient(collector)
    const errors = recordErrors(client)
    const cause = new Error('unload')
    await client.register(createPlugin('a', 'enrichment', mark('a'), { unload: () => Promise.reject(cause) }))
    await client.deregister('a')
    await client.track({ userId: 'u1', event: 'E' })
    expect(seen()).toEqual([undefined])
    expect(errors).toMatchObject([{ code: 'plugin_failure', reason: { code: 'ERR_PLUGIN', cause } }])
  })

  test('of a loading plugin releases waiting events at once, without it', async () => {
    const client = createClient(collector)
    const gate = createGate()
    void client.register(createPlugin('a', 'enrichment', mark('a'), { load: () => gate.promise }))
    const tracked = client.track({ userId: 'u1', event: 'E' })
    await client.deregister('a')
    expect(await within(2_500, tracked)).toMatchObject({ status: 'delivered' })
    expect(seen()).toEqual([undefined])
    gate.open()
  })
})

test("scopes have their client's plugins, and each event is enriched once", async () => {
  const client = createClient(collector)
  await client.register(createPlugin('p', 'enrichment', mark('p')))
  const scope = client.scope({ userId: 'u1' })
  scope.track({ event: 'One' })
  await scope.flush()
  await scope.run((own) => void own.track({ event: 'Two' }))
  expect(receivedNames(collector)).toEqual(['One', 'Two'])
  expect(seen()).toEqual([['p'], ['p']])
})

test('a client that loses its last plugin sends as if it had never had one', async () => {
  const client = new Analytics({ writeKey: 'k', disable: true })
  await client.register(createPlugin('p', 'enrichment', mark('p')))
  await client.deregister('p')
  const outcome = await within(1000, client.track({ userId: 'u1', event: 'E' }))
  expect(outcome).toMatchObject({ status: 'delivered', attempts: 0 })
})
