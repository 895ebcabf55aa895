import { Buffer } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import axios from 'axios'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Analytics, type AnalyticsSettings, type HTTPClient, type HTTPClientRequest } from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { createOAuthSettings, startServer, type TestRequest, type TestServer } from '../../support/retries.ts'

const WRITE_KEY = 'SECRET-WRITE-KEY/"+'
const TOKEN = 'SECRET-TOKEN'
const BASE64 = Buffer.from(`${WRITE_KEY}:`).toString('base64')

type Respond = (request: TestRequest, response: ServerResponse) => void

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** All that a proxy that repeats the request can say of it. */
const echo = ({ url, headers, body }: TestRequest) =>
  `blocked: POST ${url}\nauthorization: ${headers.authorization}\n\n${body}\n${encodeURIComponent(WRITE_KEY)}`

const echoing =
  (status: number): Respond =>
  (request, response) => {
    const authorization = String(request.headers.authorization)
    const headers = { 'X-Echo': authorization, Location: `https://other.example/?auth=${authorization}` }
    response.writeHead(status, `status of ${authorization}`, headers).end(echo(request))
  }

const reset: Respond = (_, response) => void response.destroy()

/** As in Segment's documentation of `httpClient`. */
const viaAxios: HTTPClient = {
  makeRequest: ({ url, method, headers, body, signal, httpRequestTimeout }) =>
    axios({
      url,
      method,
      headers,
      data: body,
      signal,
      timeout: httpRequestTimeout,
      maxRedirects: 0,
      responseType: 'text',
    }),
}

/** Carries the request in its error in as many ways as libraries do. */
const viaTalkative: HTTPClient = {
  makeRequest: async (request: HTTPClientRequest) => {
    const said = `POST failed: ${JSON.stringify(request.headers)} ${request.body}`
    const cause = Object.assign(new Error(said), { config: request })
    throw Object.assign(new Error(said, { cause }), { config: request, request: { _header: said } })
  },
}

const clients: [string, Partial<AnalyticsSettings>][] = [
  ['fetch', {}],
  ['axios', { httpClient: viaAxios }],
  ['a client whose errors carry the request', { httpClient: viaTalkative }],
]

const responses: [string, Respond][] = [
  ['a 403 that repeats the request', echoing(403)],
  ['a 200 that repeats the request', echoing(200)],
  ['a 302 that repeats the request', echoing(302)],
  ['a 503 that repeats the request', echoing(503)],
  ['a connection that is reset', reset],
]

const authorizations: [string, (server: TestServer) => Partial<AnalyticsSettings>][] = [
  ['a write key', () => ({})],
  ['a token', ({ url }) => ({ oauthSettings: { ...createOAuthSettings(url), httpClient: fetch } })],
]

/** Sends an event, and returns all that listeners, callbacks, Outcomes and the console are shown. */
async function sendAndShow(settings: Partial<AnalyticsSettings> & { host: string }, isListening: boolean) {
  const shown: unknown[] = []
  const client = new Analytics({ writeKey: WRITE_KEY, maxRetries: 0, ...settings })
  if (isListening) {
    for (const name of ['http_request', 'http_response', 'error', 'track', 'initialize'] as const) {
      client.on(name, (...args: unknown[]) => shown.push([name, ...args]))
    }
    shown.push(await client.track({ userId: 'u1', event: 'E' }, (...args) => void shown.push(args)))
  } else {
    client.track({ userId: 'u1', event: 'E' })
    await client.flush()
    // The warning comes once everybody has had time to handle the failure.
    await rest(5)
  }
  for (const level of ['warn', 'error'] as const) shown.push(...vi.mocked(console[level]).mock.calls)
  return inspect(shown, { depth: 20, showHidden: true, getters: true, maxStringLength: 100_000, maxArrayLength: 1000 })
}

function expectNoSecrets(text: string, more: readonly string[] = []): void {
  const inJSON = JSON.stringify(WRITE_KEY).slice(1, -1)
  const secrets = [WRITE_KEY, inJSON, encodeURIComponent(WRITE_KEY), BASE64, TOKEN, 'SECRET', ...more]
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
}

const answerToken = (response: ServerResponse) =>
  response.end(JSON.stringify({ access_token: TOKEN, token_type: 'Bearer', expires_in: 3600 }))

describe.each(authorizations)('%s', (_, authorize) => {
  describe.each(clients)('sent with %s', (_, transport) => {
    it.each(responses)('is never shown, whatever comes back: %s', async (_, respond) => {
      const server = await startServer((request, response) => {
        if (request.url === '/token') answerToken(response)
        else respond(request, response)
      })
      const settings = { ...transport, ...authorize(server), host: server.url }
      expectNoSecrets(await sendAndShow(settings, true))
      expectNoSecrets(await sendAndShow(settings, false))
      const { headers } = server.requests.findLast(({ url }) => url !== '/token') ?? {}
      if (headers) expect([`Basic ${BASE64}`, `Bearer ${TOKEN}`]).toContain(headers.authorization)
      else expect(transport.httpClient).toBe(viaTalkative)
    })
  })
})

describe('a response that echoes the request', () => {
  it('is kept in reason.answer and in the warning, with the secrets replaced', async () => {
    const server = await startServer(echoing(403))
    const client = new Analytics({ writeKey: WRITE_KEY, host: server.url, flushAt: 1 })
    const reason = await new Promise((resolve) => client.track({ userId: 'u1', event: 'E' }, resolve))
    expect(reason).toMatchObject({
      message: '[403] status of Basic [redacted]',
      answer: expect.stringContaining('authorization: Basic [redacted]'),
    })
    client.on('error', () => {})
    const shown = await sendAndShow({ host: server.url }, false)
    expect(shown).toContain('authorization: Basic [redacted]')
  })
})

describe('the assertion of a token request', () => {
  /** The assertion that the token server got. */
  const assertionOf = (body: string | undefined) => String(new URLSearchParams(body).get('client_assertion'))

  it.each<[string, Respond]>([
    [
      'a 400 that repeats it',
      ({ body }, response) => {
        const assertion = assertionOf(body)
        response
          .writeHead(400, assertion)
          .end(JSON.stringify({ error: 'invalid_client', error_description: `bad ${assertion}` }))
      },
    ],
    ['a 503 that repeats the request', ({ body }, response) => void response.writeHead(503).end(body)],
    ['a 200 without a token', ({ body }, response) => void response.end(body)],
    ['a connection that is reset', reset],
  ])('is never shown: %s', async (_, respond) => {
    const server = await startServer(respond)
    for (const httpClient of [fetch, viaAxios]) {
      server.requests.length = 0
      const oauthSettings = { ...createOAuthSettings(server.url), httpClient, maxRetries: 0 }
      for (const isListening of [true, false]) {
        const shown = await sendAndShow({ host: server.url, oauthSettings }, isListening)
        const assertions = server.requests.map(({ body }) => assertionOf(body))
        expect(assertions.length).toBeGreaterThan(0)
        for (const assertion of assertions) expect(assertion).toMatch(/^eyJ.+\..+\../)
        expectNoSecrets(shown, assertions)
        expect(shown).toContain('ERR_TOKEN')
      }
    }
  })

  it('is never shown by a client whose errors carry the request', async () => {
    const bodies: string[] = []
    const httpClient: HTTPClient = {
      makeRequest: (request) => {
        bodies.push(request.body)
        return viaTalkative.makeRequest(request)
      },
    }
    const server = await startServer()
    const oauthSettings = { ...createOAuthSettings(server.url), httpClient, maxRetries: 0 }
    for (const isListening of [true, false]) {
      const shown = await sendAndShow({ host: server.url, oauthSettings }, isListening)
      expectNoSecrets(shown, bodies.map(assertionOf))
    }
    expect(bodies).toHaveLength(2)
  })

  it('is looked for in a long response without blocking the event loop', async () => {
    const server = await startServer((_, response) => {
      const description = 'eyJ'.repeat(200 * 341)
      response.writeHead(401).end(JSON.stringify({ error: 'invalid_client', error_description: description }))
    })
    const oauthSettings = createOAuthSettings(server.url)
    let lastMs = performance.now()
    let longestMs = 0
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs)
      lastMs = performance.now()
    }, 5)
    await sendAndShow({ host: server.url, oauthSettings }, true)
    clearInterval(timer)
    // It was 10 s.
    expect(longestMs).toBeLessThan(2000)
  })
})
