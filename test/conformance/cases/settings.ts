import type { AnalyticsSettings } from '../../../dist/index.js'
import { equal, ok, only, rejects, throws } from '../assert.ts'
import { type Case, receivedNames } from '../case.ts'

/** A setting's name and values that it refuses. */
const BAD_SETTINGS: [name: keyof AnalyticsSettings, values: unknown[]][] = [
  ['writeKey', [undefined, null, '', '   ', 42]],
  ['host', ['', 'api.segment.io', 'ftp://example.com', 'https://user:pw@example.com', 'https://example.com/?a=1', 5]],
  ['path', ['', 'v1/batch', 5]],
  ['maxRetries', [-1, 1.5, 101, Number.NaN, '3']],
  ['flushAt', [0, -1, 1.5, 2501, Number.POSITIVE_INFINITY, '15']],
  ['flushInterval', [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '10']],
  ['httpRequestTimeout', [0, -1, Number.NaN, 2 ** 31, '10']],
  ['pluginTimeout', [0, -1, Number.NaN, 2 ** 31, '10']],
  ['invalidEvents', ['ignore', true, null]],
  ['disable', ['true', 1, null]],
  ['httpClient', ['fetch', {}, 5, null]],
]

const BAD_SCOPES: [name: string, options: unknown][] = [
  ['options', 5],
  ['waitUntil', { waitUntil: Promise.resolve() }],
  ['context', { context: [] }],
  ['userId', { userId: 5 }],
  ['anonymousId', { anonymousId: {} }],
  ['timeout', { timeout: 0 }],
  ['timeout', { timeout: '5' }],
]

const BAD_TIMEOUTS: unknown[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null]

export const settingsCases: Case[] = [
  ...BAD_SETTINGS.map(
    ([name, values]): Case => ({
      name: `setting ${name}: an invalid value throws in the constructor`,
      run({ lib }) {
        for (const value of values) {
          // Casts: these are the mistakes that types keep TypeScript users from making.
          const settings = { writeKey: 'wk', [name]: value } as unknown as AnalyticsSettings
          const error = throws(() => new lib.Analytics(settings), `${name}: ${String(value)}`)
          ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
          equal(error.field, name, `the field, with ${String(value)}`)
        }
      },
    }),
  ),
  {
    name: 'setting writekey: an unknown name causes a warning with the nearest one',
    run({ lib }) {
      const warnings: unknown[] = []
      const { warn } = console
      console.warn = (text: unknown) => warnings.push(text)
      try {
        // A cast: this is the mistake that types keep TypeScript users from making.
        new lib.Analytics({ writeKey: 'wk', writekey: 'wk' } as AnalyticsSettings)
      } finally {
        console.warn = warn
      }
      const warning = String(only(warnings, 'warnings'))
      ok(warning.endsWith("'writekey' is not a setting and has no effect: did you mean 'writeKey'?"), warning)
    },
  },
  {
    name: 'settings: none at all throws in the constructor',
    run({ lib }) {
      for (const settings of [undefined, null, 'wk']) {
        const error = throws(() => new lib.Analytics(settings as unknown as AnalyticsSettings), String(settings))
        ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
        equal(error.field, 'settings')
      }
    },
  },
  {
    name: 'settings: an error never shows a secret',
    run({ lib }) {
      const error = throws(() => new lib.Analytics({ writeKey: 'wk_secret', host: 'https://user:hunter2@example.com' }))
      ok(error instanceof Error, 'an Error')
      const text = `${error.message} ${JSON.stringify(error)}`
      ok(!/hunter2|wk_secret/.test(text), `'${text}' shows no secret`)
    },
  },
  {
    name: 'settings: undefined means the default',
    async run({ createClient, collector }) {
      const unset = { path: undefined, maxRetries: undefined, flushAt: undefined, httpRequestTimeout: undefined }
      await createClient({ ...unset, disable: undefined, httpClient: undefined }).track({ userId: 'u1', event: 'E' })
      equal(only(await collector.requests()).path, '/v1/batch', 'path')
    },
  },
  {
    name: 'settings: a host may end in a slash, and a path may be set',
    async run({ createClient, collector }) {
      await createClient({ host: `${collector.url}/` }).track({ userId: 'u1', event: 'E' })
      await collector.fail({ path: '/other/batch', status: 200 })
      await createClient({ path: '/other/batch' }).track({ userId: 'u1', event: 'E' })
      equal(
        (await collector.requests()).map(({ path }) => path),
        ['/v1/batch', '/other/batch'],
        'paths',
      )
    },
  },
  ...['/v1', '/v1/batch', '/v1/'].map(
    (end): Case => ({
      name: `settings: a host that ends in ${end} works with the default path`,
      async run({ createClient, collector }) {
        await createClient({ host: `${collector.url}${end}` }).track({ userId: 'u1', event: 'E' })
        equal(only(await collector.requests()).path, '/v1/batch', 'path')
      },
    }),
  ),
  ...BAD_SCOPES.map(
    ([name, options]): Case => ({
      name: `scope: an invalid ${name} throws at once (${JSON.stringify(options)})`,
      run({ lib, createClient }) {
        const error = throws(() => createClient().scope(options as never))
        ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
        equal(error.field, name)
      },
    }),
  ),
  {
    name: 'flush: an invalid timeout rejects and loses nothing',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'E' })
      for (const timeout of BAD_TIMEOUTS as number[]) {
        for (const flush of [() => client.flush({ timeout }), () => client.closeAndFlush({ timeout })]) {
          const error = await rejects(flush(), `timeout ${timeout}`)
          ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
          equal(error.field, 'timeout')
        }
      }
      client.track({ userId: 'u1', event: 'Still open' })
      equal(await client.flush(), { delivered: 2, failed: 0 })
      equal(await receivedNames(collector), ['E', 'Still open'])
    },
  },
  {
    name: 'flush: a callback, as in old versions of Segment’s library, rejects with a hint and loses nothing',
    async run({ lib, createClient, collector }) {
      const client = createClient()
      client.track({ userId: 'u1', event: 'E' })
      // A cast: this is a mistake that types keep TypeScript users from making.
      const error = await rejects(client.flush((() => {}) as never))
      ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
      equal(error.field, 'flush')
      ok(error.message.includes('await'), `'${error.message}' says what to do instead`)
      equal(await client.flush(), { delivered: 1, failed: 0 })
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'disable: no request is made, and each event counts as delivered',
    async run({ createClient, collector }) {
      const client = createClient({ disable: true, flushAt: 2 })
      const errors: unknown[] = []
      for (let count = 0; count < 4; count++) client.track({ userId: 'u1', event: 'E' }, (error) => errors.push(error))
      const outcome = await client.identify({ userId: 'u1' })
      await client.closeAndFlush()
      equal(outcome.status, 'delivered')
      equal(errors, [undefined, undefined, undefined, undefined], 'what the callbacks got')
      equal(await collector.requests(), [], 'requests')
    },
  },
]
