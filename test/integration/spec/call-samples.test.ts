// The samples of Segment's documentation of its Node library, as they are written there, but for the import.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { runSample, startSample } from './run-sample.ts'

const START = `
import { Analytics } from 'analytics-edge'
const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
`
const END = 'await analytics.closeAndFlush()'

let users: Server

beforeAll(async () => {
  users = createServer((request, response) =>
    response.end(JSON.stringify({ path: request.url, name: 'Leanne Graham' })),
  )
  await new Promise<void>((resolve) => users.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void users.close())

/** The servers that a sample's requests go to: its own collector, and the users' server. */
async function withCollector<Result>(
  act: (collector: Collector, env: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  const collector = await startCollector()
  // A server that listens on TCP has an AddressInfo; a string is for pipes.
  const { port } = users.address() as AddressInfo
  try {
    return await act(collector, { COLLECTOR_URL: collector.url, USERS_URL: `http://127.0.0.1:${port}` })
  } finally {
    await collector.close()
  }
}

/** Runs a sample, and answers with the events that have arrived, as the caller gave them. */
function run(code: string) {
  return withCollector(async (collector, env) => {
    const { stdout } = await runSample(code, env)
    const rows = collector.events()
    expect(rows.flatMap(({ problems }) => problems)).toEqual([])
    return { stdout, rows, requests: collector.requests(), events: rows.map(({ event }) => listGiven(event)) }
  })
}

function listGiven({
  messageId,
  timestamp,
  context,
  integrations,
  _metadata,
  ...given
}: Readonly<Record<string, unknown>>) {
  return given
}

describe('getting started', () => {
  test.concurrent.each([
    ['import', "import { Analytics } from 'analytics-edge'"],
    ['require', "const { Analytics } = require('analytics-edge')"],
  ])('%s', async (_form, load) => {
    const { events } = await run(`${load}
      // instantiation
      const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
      analytics.track({ userId: 'u1', event: 'Started' })
      analytics.closeAndFlush()`)
    expect(events).toEqual([{ type: 'track', userId: 'u1', event: 'Started', properties: {} }])
  })
})

describe('basic tracking methods', () => {
  test.concurrent.each<[what: string, code: string, events: object[]]>([
    [
      'identify, anonymous',
      `analytics.identify({
        anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
        traits: {
          friends: 42
        }
      });`,
      [{ type: 'identify', anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe', traits: { friends: 42 } }],
    ],
    [
      'identify',
      `analytics.identify({
        userId: '019mr8mf4r',
        traits: {
          name: 'Michael Bolton',
          email: 'mbolton@example.com',
          plan: 'Enterprise',
          friends: 42
        }
      });`,
      [
        {
          type: 'identify',
          userId: '019mr8mf4r',
          traits: { name: 'Michael Bolton', email: 'mbolton@example.com', plan: 'Enterprise', friends: 42 },
        },
      ],
    ],
    [
      'track, anonymous',
      `analytics.track({
        anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
        event: 'Item Purchased',
        properties: {
          revenue: 39.95,
          shippingMethod: '2-day'
        }
      });`,
      [
        {
          type: 'track',
          anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
          event: 'Item Purchased',
          properties: { revenue: 39.95, shippingMethod: '2-day' },
        },
      ],
    ],
    [
      'track',
      `analytics.track({
        userId: '019mr8mf4r',
        event: 'Item Purchased',
        properties: {
          revenue: 39.95,
          shippingMethod: '2-day'
        }
      });`,
      [
        {
          type: 'track',
          userId: '019mr8mf4r',
          event: 'Item Purchased',
          properties: { revenue: 39.95, shippingMethod: '2-day' },
        },
      ],
    ],
    [
      'page',
      `analytics.page({
        userId: '019mr8mf4r',
        category: 'Docs',
        name: 'Node.js Library',
        properties: {
          url: 'https://segment.com/docs/connections/sources/catalog/librariesnode',
          path: '/docs/connections/sources/catalog/librariesnode/',
          title: 'Node.js Library - Segment',
          referrer: 'https://github.com/segmentio/analytics-node'
        }
      });`,
      [
        {
          type: 'page',
          userId: '019mr8mf4r',
          category: 'Docs',
          name: 'Node.js Library',
          properties: {
            category: 'Docs',
            url: 'https://segment.com/docs/connections/sources/catalog/librariesnode',
            path: '/docs/connections/sources/catalog/librariesnode/',
            title: 'Node.js Library - Segment',
            referrer: 'https://github.com/segmentio/analytics-node',
          },
        },
      ],
    ],
    [
      'group',
      `analytics.group({
        userId: '019mr8mf4r',
        groupId: '56',
        traits: {
          name: 'Initech',
          description: 'Accounting Software'
        }
      });`,
      [
        {
          type: 'group',
          userId: '019mr8mf4r',
          groupId: '56',
          traits: { name: 'Initech', description: 'Accounting Software' },
        },
      ],
    ],
    [
      'alias',
      `analytics.alias({
        previousId: 'old_id',
        userId: 'new_id'
      });`,
      [{ type: 'alias', previousId: 'old_id', userId: 'new_id' }],
    ],
    [
      'alias, the full example',
      `// the anonymous user does actions ...
      analytics.track({ userId: 'anonymous_user', event: 'Anonymous Event' })
      // the anonymous user signs up and is aliased
      analytics.alias({ previousId: 'anonymous_user', userId: 'identified@example.com' })
      // the identified user is identified
      analytics.identify({ userId: 'identified@example.com', traits: { plan: 'Free' } })
      // the identified user does actions ...
      analytics.track({ userId: 'identified@example.com', event: 'Identified Action' })`,
      [
        { type: 'track', userId: 'anonymous_user', event: 'Anonymous Event', properties: {} },
        { type: 'alias', previousId: 'anonymous_user', userId: 'identified@example.com' },
        { type: 'identify', userId: 'identified@example.com', traits: { plan: 'Free' } },
        { type: 'track', userId: 'identified@example.com', event: 'Identified Action', properties: {} },
      ],
    ],
  ])('%s', async (_what, code, expected) => {
    const { events, requests } = await run(`${START}${code}\n${END}`)
    expect(events).toEqual(expected)
    expect(requests.map(({ eventCount, status }) => [eventCount, status])).toEqual([[expected.length, 200]])
  })
})

test.concurrent('configuration', async () => {
  const { events, requests } = await run(`
    import { Analytics } from 'analytics-edge'
    const analytics = new Analytics({
      writeKey: '<MY_WRITE_KEY>',
      host: 'https://api.segment.io',
      path: '/v1/batch',
      maxRetries: 3,
      flushAt: 15,
      flushInterval: 10000,
      // ... and more!
    })
    for (let index = 0; index < 16; index++) analytics.track({ userId: 'u1', event: String(index) })
    ${END}`)
  expect(events).toHaveLength(16)
  expect(requests.map(({ path, eventCount }) => [path, eventCount]).toSorted()).toEqual([
    ['/v1/batch', 1],
    ['/v1/batch', 15],
  ])
  expect(requests.map(({ writeKey }) => writeKey)).toEqual(['<MY_WRITE_KEY>', '<MY_WRITE_KEY>'])
})

test.concurrent('serverless: a promise around the call ends when its event is delivered, and so does the process', async () => {
  const startMs = performance.now()
  const { events, stdout } = await run(`
    import { Analytics } from 'analytics-edge'
    const client = new Analytics({ writeKey: '<YOUR_WRITE_KEY>', flushAt: 1 })
    const analytics = () => client
    await new Promise((resolve) =>
      analytics().track({ userId: 'u1', event: 'Handled' }, resolve)
    )
    console.log('awaited')`)
  expect(stdout).toBe('awaited\n')
  expect(events).toHaveLength(1)
  // No timer holds it: the flushInterval, and the request's time-out, are ten seconds.
  expect(performance.now() - startMs).toBeLessThan(9_000)
})

test.concurrent('graceful shutdown, with a server and a signal', () =>
  withCollector(async (collector, env) => {
    const { child, end } = await startSample(
      `${START}
      import { createServer } from 'node:http'
      const express = () => createServer((request, response) => {
        analytics.track({ userId: 'u1', event: 'Requested' })
        response.end('ok')
      })
      const app = express()
      const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))

      const onExit = async () => {
        await analytics.closeAndFlush()
        server.close(() => {
          console.log("Gracefully closing server...")
          process.exit()
        })
      }
      ['SIGINT', 'SIGTERM'].forEach((code) => process.on(code, onExit))`.replace('\n      [', '\n      ;['),
      env,
    )
    const port = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk).trim())))
    await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
    expect(collector.events()).toEqual([])
    child.kill('SIGTERM')
    const { code, stdout } = await end
    expect(code).toBe(0)
    expect(stdout).toContain('Gracefully closing server...')
    expect(collector.events().map(({ event }) => event.event)).toEqual(['Requested'])
  }))

test.concurrent('graceful shutdown, forced after a timeout', () =>
  withCollector(async (collector, env) => {
    collector.fail({ hang: true })
    const { stdout } = await runSample(
      `${START}
      analytics.track({ userId: 'u1', event: 'E' }, (err) => console.log(err.code))
      await analytics.closeAndFlush({ timeout: 100 }) // force resolve after 5000ms`,
      env,
    )
    expect(stdout).toBe('ERR_DEADLINE\n')
  }))

test.concurrent('collect unflushed events (with the sample’s `events` read as `event`)', async () => {
  const { stdout, rows } = await run(`${START}
    const unflushedEvents = []

    analytics.on('call_after_close', (event) => unflushedEvents.push(event))
    await analytics.closeAndFlush()
    analytics.track({ userId: 'u1', event: 'Late' })

    console.log(JSON.stringify(unflushedEvents)) // all events that came in after closeAndFlush was called`)
  expect(JSON.parse(stdout)).toMatchObject([{ type: 'track', userId: 'u1', event: 'Late' }])
  expect(rows).toEqual([])
})

test.concurrent('regional configuration', async () => {
  const { stdout } = await run(`
    import { Analytics } from 'analytics-edge'
    const analytics = new Analytics({
      writeKey: '<YOUR_WRITE_KEY>',
      httpClient: async (url) => {
        console.log(url)
        return new Response()
      },
      host: "https://events.eu1.segmentapis.com"
    });
    await analytics.track({ userId: 'u1', event: 'E' })`)
  expect(stdout).toBe('https://events.eu1.segmentapis.com/v1/batch\n')
})

test.concurrent('error handling', () =>
  withCollector(async (collector, env) => {
    collector.fail({ status: 404 })
    const { stdout, stderr } = await runSample(
      `${START}
      analytics.on('error', (err) => console.error(err))
      analytics.on('error', ({ code, reason, ctx }) => console.log(code, reason.message, ctx.event.event))
      analytics.track({ userId: 'u1', event: 'E' })
      ${END}`,
      env,
    )
    const hint = "(POST https://api.segment.io/v1/batch: check the settings 'host' and 'path')"
    expect(stdout).toBe(`delivery_failure [404] Not Found ${hint} E\n`)
    expect(stderr).toContain('delivery_failure')
  }))

test.concurrent('event emitter interface', async () => {
  const { stdout } = await run(`${START}
    analytics.on('error', (err) => console.error(err))
    analytics.on('identify', (ctx) => console.log(JSON.stringify(ctx)))
    analytics.on('track', (ctx) => console.log(JSON.stringify(ctx)))
    analytics.identify({ userId: 'u1', traits: { plan: 'Free' } })
    analytics.track({ userId: 'u1', event: 'E' })
    ${END}`)
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event)
  expect(told).toMatchObject([
    { type: 'identify', traits: { plan: 'Free' } },
    { type: 'track', event: 'E' },
  ])
})

test.concurrent('log all HTTP requests', async () => {
  const { stdout } = await run(`${START}
    analytics.on('http_request', (event) => console.log(JSON.stringify(event)))
    analytics.track({ userId: 'u1', event: 'E' })
    ${END}`)
  const event = JSON.parse(stdout)
  expect(event).toEqual({
    url: 'https://api.segment.io/v1/batch',
    method: 'POST',
    headers: expect.objectContaining({ 'Content-Type': 'application/json' }),
    body: expect.any(String),
  })
  expect(JSON.parse(event.body).batch).toMatchObject([{ event: 'E' }])
})

describe('plugins', () => {
  test.concurrent('the lowercase sample', async () => {
    const { events } = await run(`${START}
      import type { Plugin } from 'analytics-edge'
      export const lowercase: Plugin = {
        name: 'Lowercase events',
        type: 'enrichment',
        version: '1.0.0',

        isLoaded: () => true,
        load: () => Promise.resolve(),

        track: (ctx) => {
          ctx.updateEvent('event', ctx.event.event.toLowerCase())
          return ctx
        }
      }
      await analytics.register(lowercase)
      analytics.track({ userId: 'u1', event: 'Item PURCHASED' })
      ${END}`)
    expect(events).toMatchObject([{ event: 'item purchased' }])
  })

  test.concurrent('the identityStitching sample: no load, never loaded, and it throws at its end', async () => {
    const { events } = await run(`${START}
      const identityStitching = () => {
        let user

        const identity = {
          // Identifies your plugin in the Plugins stack.
          name: 'Identity Stitching',
          // Defines where in the event timeline a plugin should run
          type: 'enrichment',
          version: '0.1.0',

          // Used to signal that a plugin has been property loaded
          isLoaded: () => user !== undefined,

          async identify(ctx) {
            const req = await fetch(
              \`https://jsonplaceholder.typicode.com/users/\${ctx.event.userId}\`
            )
            const userReq = await req.json()

            ctx.updateEvent('traits.custom', userReq)
            user.traits(userReq)

            // Every plugin must return a \`ctx\` object, so that the event
            // timeline can continue processing.
            return ctx
          },
        }

        return identity
      }
      await analytics.register(identityStitching())
      analytics.identify({ userId: '1', traits: { plan: 'Free' } })
      analytics.track({ userId: '1', event: 'E' })
      ${END}`)
    // The track does not wait for the identify, whose plugin asks another server.
    expect(events.toSorted((one, other) => String(one.type).localeCompare(String(other.type)))).toEqual([
      { type: 'identify', userId: '1', traits: { plan: 'Free', custom: { path: '/users/1', name: 'Leanne Graham' } } },
      { type: 'track', userId: '1', event: 'E', properties: {} },
    ])
  })

  test.concurrent('register and deregister', async () => {
    const { events } = await run(`${START}
      const create = (name) => ({
        name,
        type: 'enrichment',
        track: (ctx) => {
          ctx.updateEvent('properties.' + name, true)
          return ctx
        },
      })
      const [pluginA, pluginB, pluginC] = ['pluginNameA', 'pluginNameB', 'pluginNameC'].map(create)
      await analytics.register(pluginA, pluginB, pluginC)
      analytics.track({ userId: 'u1', event: 'All' })
      await analytics.flush()
      await analytics.deregister("pluginNameA", "pluginNameB") // takes strings
      analytics.track({ userId: 'u1', event: 'One' })
      ${END}`)
    expect(events).toMatchObject([
      { event: 'All', properties: { pluginNameA: true, pluginNameB: true, pluginNameC: true } },
      { event: 'One', properties: { pluginNameC: true } },
    ])
    expect(events[1]?.properties).toEqual({ pluginNameC: true })
  })
})

test.concurrent('selecting destinations', async () => {
  const { rows } = await run(`${START}
    analytics.track({
      event: 'Membership Upgraded',
      userId: '97234974',
      integrations: {
        'All': false,
        'Vero': true,
        'Google Analytics': false
      }
    })
    ${END}`)
  expect(rows[0]?.event.integrations).toEqual({ All: false, Vero: true, 'Google Analytics': false })
})

test.concurrent('historical import', async () => {
  const { rows } = await run(`${START}
    analytics.track({ userId: 'u1', event: 'Signed Up', timestamp: new Date('2014-03-02T10:00:00Z') })
    analytics.identify({ userId: 'u1', timestamp: '2014-03-02T11:00:00.000Z' })
    ${END}`)
  expect(rows.map(({ event }) => event.timestamp)).toEqual(['2014-03-02T10:00:00.000Z', '2014-03-02T11:00:00.000Z'])
})

describe('batching', () => {
  test.concurrent('can be turned off, and a callback shows when a message is flushed', async () => {
    const { stdout, requests } = await run(`
      import { Analytics } from 'analytics-edge'
      const analytics = new Analytics({
        writeKey: '<YOUR_WRITE_KEY>',
        flushAt: 1
      });
      for (const event of ['Ultimate Played', 'Ultimate Lost']) {
        analytics.track({
            userId: '019mr8mf4r',
            event,
          },
          (err, ctx) => {
            console.log(err, ctx.event.event)
          }
        )
      }`)
    expect(requests.map(({ eventCount }) => eventCount)).toEqual([1, 1])
    expect(stdout.trim().split('\n').toSorted()).toEqual(['undefined Ultimate Lost', 'undefined Ultimate Played'])
  })
})

test.concurrent('multiple clients', async () => {
  const { rows } = await run(`
    import { Analytics } from 'analytics-edge'
    const marketingAnalytics = new Analytics({ writeKey: 'MARKETING_WRITE_KEY' });
    const appAnalytics = new Analytics({ writeKey: 'APP_WRITE_KEY' });
    marketingAnalytics.track({ userId: 'u1', event: 'Marketed' })
    appAnalytics.track({ userId: 'u1', event: 'Used' })
    await Promise.all([marketingAnalytics.closeAndFlush(), appAnalytics.closeAndFlush()])`)
  expect(rows.map(({ writeKey, event }) => [writeKey, event.event]).toSorted()).toEqual([
    ['APP_WRITE_KEY', 'Used'],
    ['MARKETING_WRITE_KEY', 'Marketed'],
  ])
})

test.concurrent('override context value', async () => {
  const { rows } = await run(`${START}
    analytics.track({
      anonymousId: '48d213bb-95c3-4f8d-af97-86b2b404dcfe',
      event: 'New Test',
      properties: {
        revenue: 39.95,
        shippingMethod: '2-day'
      },
      context: {
        traits: {
          "email": "test@test.com"
        }
      }
    });
    ${END}`)
  expect(rows[0]?.event.context).toMatchObject({
    traits: { email: 'test@test.com' },
    library: { name: 'analytics-edge' },
  })
})
