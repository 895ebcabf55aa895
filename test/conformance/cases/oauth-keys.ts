import type { OAuthSettings } from '../../../dist/index.js'
import { equal, ok, throws } from '../assert.ts'
import { type Case, failureOf } from '../case.ts'
import { createKeys, type KeyForms, registerApp } from '../oauth-app.ts'

type ClientKey = OAuthSettings['clientKey']

/** The forms in which a private key comes. */
const KEY_FORMS: [form: string, write: (keys: KeyForms) => ClientKey][] = [
  ['a PKCS#8 PEM', ({ pkcs8 }) => pkcs8],
  ['a PKCS#8 PEM with \\n as two characters', ({ pkcs8 }) => pkcs8.replaceAll('\n', '\\n')],
  ['a PKCS#8 PEM in quotes', ({ pkcs8 }) => `"${pkcs8.replaceAll('\n', '\\n')}"`],
  ['a PKCS#8 PEM with Windows line ends', ({ pkcs8 }) => pkcs8.replaceAll('\n', '\r\n')],
  ['a PKCS#8 PEM whose line ends became spaces', ({ pkcs8 }) => pkcs8.replaceAll('\n', ' ')],
  ['a PKCS#1 PEM', ({ pkcs1 }) => pkcs1],
  ['a PKCS#1 PEM in single quotes', ({ pkcs1 }) => `'${pkcs1.replaceAll('\n', '\\n')}'`],
  // Casts: the type libraries of runtimes have their own names for the same thing.
  ['a JWK', ({ jwk }) => jwk as ClientKey],
  ['a JWK as text', ({ jwk }) => JSON.stringify(jwk)],
  ['a CryptoKey', ({ cryptoKey }) => cryptoKey as ClientKey],
]

/** What is no private RSA key, and the words in which the failure says so. */
const WRONG_KEYS: [found: string, write: (keys: KeyForms) => unknown][] = [
  ['a string that is no PEM', ({ pkcs8 }) => pkcs8.replaceAll(/-----[A-Z ]+-----/g, '')],
  ['a PEM without its END line', ({ pkcs8 }) => pkcs8.slice(0, -10)],
  ['a PEM whose content is damaged or cut off', ({ pkcs8 }) => pkcs8.replace(/\n.{64}\n/, '\n')],
  ['a PEM of a PUBLIC KEY', () => '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
  [
    'a PEM of a ENCRYPTED PRIVATE KEY',
    () => '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----',
  ],
  ['an encrypted PEM', ({ pkcs1 }) => pkcs1.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\n')],
  [
    'a private key of another kind than RSA',
    () =>
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----',
  ],
  ['a JWK of another kind than RSA', () => ({ kty: 'EC', d: 'x' })],
  ['a public JWK: it has no d', ({ publicJwk }) => publicJwk],
  ['a JWK without p, q', ({ jwk }) => ({ ...jwk, p: undefined, q: undefined })],
  ['an object that is neither a JWK', () => ({ pem: 'x' })],
  ["a CryptoKey without the usage 'sign'", ({ cryptoKey: { type, algorithm } }) => ({ type, algorithm, usages: [] })],
]

/** Settings of OAuth and values that they refuse. */
const BAD_SETTINGS: [name: string, values: unknown[]][] = [
  ['clientKey', [undefined, null, '', 5]],
  ['clientId', [undefined, '', ' ', 5]],
  ['keyId', [undefined, '', 5]],
  ['authServer', ['', 'oauth2.segment.io', 'ftp://x', 'https://u:p@x', 'https://x/?a', 5]],
  ['scope', ['', 5]],
  ['maxRetries', [-1, 1.5, 101, '3']],
  ['httpClient', ['fetch', {}, 5]],
  ['tokenCache.get', [{}, 5, { set() {} }]],
  ['tokenCache.set', [{ get() {} }]],
]

export const oauthKeyCases: Case[] = [
  ...KEY_FORMS.map(
    ([form, write]): Case => ({
      name: `oauth: clientKey can be ${form}`,
      async run({ createClient, collector }) {
        const app = await registerApp(collector.url)
        const client = createClient({ oauthSettings: app.settings({ clientKey: write(app.keys) }) })
        equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
        equal(await app.tokenAnswers(), [200])
      },
    }),
  ),
  {
    name: 'oauth: an invalid clientKey fails the event, says what was found and never shows it',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      for (const [found, write] of WRONG_KEYS) {
        // A cast: these are the mistakes that types keep TypeScript users from making.
        const clientKey = write(app.keys) as ClientKey
        const client = createClient({ oauthSettings: app.settings({ clientKey }) })
        const { code, message, stack } = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
        equal(code, 'ERR_TOKEN', found)
        const words = `oauthSettings.clientKey must be an RSA private key: a PEM of PKCS#8 or PKCS#1, a JWK or a CryptoKey; it is ${found}`
        ok(message.includes(words), `'${message}' says '${found}'`)
        const line = app.keys.pkcs8.split('\n')[3] ?? ''
        ok(!`${message}${stack}`.includes(line.slice(0, 20)), 'nothing of the key')
      }
      equal(await app.tokenAnswers(), [], 'requests to the token server')
    },
  },
  {
    name: 'oauth: a clientKey that has the right shape but is not a key fails the event, with the reason',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      const clientKey = { ...app.keys.jwk, n: 'AQAB', p: 'AQAB' } as ClientKey
      const client = createClient({ oauthSettings: app.settings({ clientKey }) })
      const { code, message, cause } = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      equal(code, 'ERR_TOKEN')
      ok(message.includes('oauthSettings.clientKey'), message)
      ok(cause !== undefined, 'the cause is told')
    },
  },
  ...BAD_SETTINGS.map(
    ([name, values]): Case => ({
      name: `oauth: an invalid oauthSettings.${name} throws in the constructor`,
      async run({ lib, createClient, collector }) {
        const { settings } = await registerApp(collector.url)
        for (const value of values) {
          // A cast, as above.
          const changes = { [name.replace(/\..*/, '')]: value } as Partial<OAuthSettings>
          const error = throws(() => createClient({ oauthSettings: settings(changes) }), `${name}: ${String(value)}`)
          ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
          equal(error.field, `oauthSettings.${name}`, `the field, with ${String(value)}`)
        }
      },
    }),
  ),
  {
    name: 'oauth: oauthSettings other than an object throw in the constructor',
    run({ lib, createClient }) {
      for (const value of [null, 'client', []]) {
        const error = throws(() => createClient({ oauthSettings: value as unknown as OAuthSettings }), String(value))
        ok(error instanceof lib.ValidationError, `${String(error)} is a ValidationError`)
        equal(error.field, 'oauthSettings')
      }
    },
  },
  {
    name: 'oauth: a wrong key, kid or region each cause an error that says which',
    async run({ lib, createClient, collector }) {
      const app = await registerApp(collector.url)
      const other = await createKeys()
      // As an egress proxy would: the request for the other region's server ends at this one.
      const viaProxy = (_url: string, init: object) => fetch(`${collector.url}/token`, init)
      const elsewhere = 'https://oauth2.eu1.segmentapis.com'
      const mistakes: [changes: Partial<OAuthSettings>, status: number, words: string][] = [
        [{ clientKey: other.pkcs8 }, 401, 'invalid_client: the signature does not fit'],
        [{ keyId: 'key_typo' }, 401, "invalid_client: kid 'key_typo' is not a key of the client"],
        [{ clientId: 'client_typo' }, 401, 'invalid_client: iss is not the id of a known client'],
        [{ authServer: elsewhere, httpClient: viaProxy }, 400, 'invalid_client: aud is not this token server'],
        [{ scope: 'everything' }, 400, "invalid_scope: the app has no scope 'everything'"],
      ]
      for (const [changes, status, words] of mistakes) {
        const client = createClient({ oauthSettings: app.settings(changes) })
        const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
        equal([reason.code, reason.status], ['ERR_TOKEN', status], words)
        ok(
          reason.message.includes(`${changes.authServer ?? collector.url}/token responded [${status}]`),
          reason.message,
        )
        ok(reason.message.includes(words), `'${reason.message}' says '${words}'`)
        ok(!/eyJ|PRIVATE KEY/.test(`${reason.message}${reason.stack}`), 'no assertion and no key')
      }
      equal(await collector.requests(), [], 'batches')
    },
  },
]
