import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Collector, type OAuthClient, startCollector } from '../../collector/index.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const CLIENT: OAuthClient = {
  clientId: 'client_1',
  keyId: 'key_1',
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}

let collector: Collector

beforeAll(async () => {
  collector = await startCollector({ oauth: { clients: [CLIENT], tokenLifeSeconds: 3600 } })
})
afterEach(() => collector.clear())
afterAll(() => collector.close())

interface Changes {
  claims?: Record<string, unknown>
  header?: object
  key?: typeof privateKey
  form?: Record<string, string>
  headers?: Record<string, string>
  to?: Collector
}

async function askForToken({ claims, header, key = privateKey, form, headers, to = collector }: Changes = {}) {
  const iat = Math.floor(Date.now() / 1000) - 5
  const usual = { iss: 'client_1', sub: 'client_1', aud: to.url, iat, exp: iat + 60, jti: randomUUID() }
  const assertion = await new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'key_1', ...header })
    .sign(key)
  const fields = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: 'tracking_api:write',
    ...form,
  }
  const response = await fetch(`${to.url}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })
  return {
    status: response.status,
    date: response.headers.get('date') ?? '',
    answer: parseAnswer(await response.json()),
  }
}

// A cast: the fields that the server's answers may have.
const parseAnswer = (answer: unknown) => answer as { access_token: string; error?: string; error_description?: string }

async function sendWith(token: string, changes: object = {}, to = collector): Promise<number> {
  const event = {
    type: 'track',
    event: 'E',
    userId: 'u1',
    messageId: randomUUID(),
    timestamp: new Date().toISOString(),
    context: { library: { name: 'analytics-edge', version: '0.1.0' } },
    integrations: {},
    properties: {},
    _metadata: { jsRuntime: 'node' },
  }
  const response = await fetch(`${to.url}/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ batch: [event], writeKey: 'wk_1', sentAt: new Date().toISOString(), ...changes }),
  })
  await response.body?.cancel()
  return response.status
}

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset

describe('a token', () => {
  it('is issued for a valid assertion, and accepted with a batch', async () => {
    const { status, answer } = await askForToken()
    expect([status, answer]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600, scope: 'tracking_api:write' },
    ])
    expect(await sendWith(answer.access_token)).toBe(200)
    expect(collector.events({ writeKey: 'wk_1' }).map(({ problems }) => problems)).toEqual([[]])
    expect(collector.requests().map(({ path, clientId, headers }) => [path, clientId, headers.authorization])).toEqual([
      ['/token', 'client_1', undefined],
      ['/v1/batch', undefined, 'Bearer'],
    ])
    expect(JSON.stringify(collector.requests())).not.toContain(answer.access_token)
  })

  it('requires a write key in the body', async () => {
    const { answer } = await askForToken()
    expect(await sendWith(answer.access_token, { writeKey: undefined })).toBe(400)
    expect(await sendWith(answer.access_token, { writeKey: 5 })).toBe(400)
  })

  it('is rejected if it is unknown, revoked or expired, or has another scope', async () => {
    expect(await sendWith('unknown')).toBe(401)
    const { answer } = await askForToken()
    expect(collector.revokeTokens('client_2')).toBe(0)
    expect(collector.revokeTokens('client_1')).toBeGreaterThan(0)
    expect(await sendWith(answer.access_token)).toBe(401)

    await collector.registerClient({ ...CLIENT, tokenLifeSeconds: 0.05, scopes: ['tracking_api:write', 'other'] })
    expect(collector.events()).toEqual([])
    const short = (await askForToken()).answer.access_token
    await vi.waitFor(async () => expect(await sendWith(short)).toBe(401), { timeout: 10_000 })
    await collector.registerClient({ ...CLIENT, tokenLifeSeconds: 3600 })
    expect(await sendWith((await askForToken({ form: { scope: 'other' } })).answer.access_token)).toBe(403)
  })
})

describe('an assertion is rejected', () => {
  const cases: [what: string, status: number, error: string, description: string, changes: () => Changes][] = [
    ['signed by another key', 401, 'invalid_client', 'the signature', () => ({ key: other.privateKey })],
    ['with another kid', 401, 'invalid_client', "kid 'key_2'", () => ({ header: { kid: 'key_2' } })],
    ['without a kid', 401, 'invalid_client', "kid ''", () => ({ header: { kid: undefined } })],
    ['of another algorithm', 400, 'invalid_client', '"alg"', () => ({ header: { alg: 'PS256' } })],
    ['of an unknown client', 401, 'invalid_client', 'iss is not', () => ({ claims: { iss: 'client_2' } })],
    ['whose sub is another', 400, 'invalid_client', '"sub"', () => ({ claims: { sub: 'client_2' } })],
    [
      'for another server',
      400,
      'invalid_client',
      'aud is not',
      () => ({ claims: { aud: 'https://oauth2.segment.io' } }),
    ],
    [
      'that has expired',
      400,
      'invalid_client',
      'token is expired',
      () => ({ claims: { iat: seconds(-99), exp: seconds(-39) } }),
    ],
    [
      'of the future',
      400,
      'invalid_client',
      'before it was issued',
      () => ({ claims: { iat: seconds(30), exp: seconds(60) } }),
    ],
    [
      'that lives too long',
      400,
      'invalid_client',
      'at most 60 seconds',
      () => ({ claims: { iat: seconds(-5), exp: seconds(56) } }),
    ],
    ['without a jti', 400, 'invalid_client', 'jti', () => ({ claims: { jti: undefined } })],
    ['that is not a JWT', 400, 'invalid_request', 'must be a JWT', () => ({ form: { client_assertion: 'x' } })],
    ['with another grant', 400, 'unsupported_grant_type', 'grant_type', () => ({ form: { grant_type: 'password' } })],
    [
      'of another type',
      400,
      'invalid_request',
      'client_assertion_type',
      () => ({ form: { client_assertion_type: 'x' } }),
    ],
    ['for a scope that the app has not', 400, 'invalid_scope', "'all'", () => ({ form: { scope: 'all' } })],
    ['in JSON', 415, 'invalid_request', 'Content-Type', () => ({ headers: { 'content-type': 'application/json' } })],
  ]

  it.each(cases)('%s: %i %s', async (_, status, error, description, changes) => {
    expect(await askForToken(changes())).toMatchObject({
      status,
      answer: { error, error_description: expect.stringContaining(description) },
    })
    expect(collector.requests()[0]).toMatchObject({ status, reason: expect.stringContaining(error) })
  })

  it('if it is used a second time', async () => {
    const claims = { jti: randomUUID() }
    expect((await askForToken({ claims })).status).toBe(200)
    expect(await askForToken({ claims })).toMatchObject({ status: 400, answer: { error_description: /jti/ } })
  })
})

describe('the server', () => {
  it.each([-600_000, 600_000])('has its own clock, %i ms away, and shows it', async (clockSkewMs) => {
    const skewed = await startCollector({ oauth: { clients: [CLIENT], clockSkewMs } })
    const wrong = await askForToken({ to: skewed })
    expect(wrong.status).toBe(400)
    const toldMs = Date.parse(wrong.date) - Date.now()
    expect(Math.abs(toldMs - clockSkewMs)).toBeLessThan(60_000)
    const iat = seconds(clockSkewMs / 1000 - 5)
    expect((await askForToken({ to: skewed, claims: { iat, exp: iat + 60 } })).status).toBe(200)
    await skewed.close()
  })

  it('fails on demand, by path and by client', async () => {
    collector.fail({ path: '/token', clientId: 'client_1', retryAfter: 7, times: 1 })
    collector.fail({ path: '/token', clientId: 'client_2', status: 500 })
    expect([(await askForToken()).status, (await askForToken()).status]).toEqual([429, 200])
  })

  it('registers and revokes through its control endpoints', async () => {
    const call = (method: string, path: string, body?: string) =>
      fetch(`${collector.url}/_/oauth/${path}`, { method, ...(body !== undefined && { body }) })
    const jwk = other.publicKey.export({ format: 'jwk' })
    const client = { clientId: 'client_3', keyId: 'key_3', publicKey: jwk }
    expect((await call('POST', 'clients', JSON.stringify(client))).status).toBe(200)
    const claims = { iss: 'client_3', sub: 'client_3' }
    const { answer } = await askForToken({ claims, header: { kid: 'key_3' }, key: other.privateKey })
    expect(await sendWith(answer.access_token)).toBe(200)
    expect(await (await call('DELETE', 'tokens?clientId=client_3')).json()).toEqual({ revoked: 1 })
    expect(await sendWith(answer.access_token)).toBe(401)
    expect((await call('POST', 'clients', '{')).status).toBe(400)
  })

  it.each([
    ['client: must be an object', 5],
    ['client.clientId: must be', { ...CLIENT, clientId: '' }],
    ['client.keyId: must be', { ...CLIENT, keyId: undefined }],
    ['client.publicKey: must be', { ...CLIENT, publicKey: 'x' }],
    ['client.publicKey: must be', { ...CLIENT, publicKey: privateKey.export({ format: 'jwk' }) }],
    ['client.scopes: must be', { ...CLIENT, scopes: 'all' }],
    ['client.tokenLifeSeconds: must be', { ...CLIENT, tokenLifeSeconds: 0 }],
    ['client.clockSkewMs: must be', { ...CLIENT, clockSkewMs: '5' }],
    ['client.secret: unknown', { ...CLIENT, secret: 'x' }],
  ])('rejects an invalid client: %s', async (message, client) => {
    // A cast: the point is what happens to a caller without types.
    await expect(collector.registerClient(client as OAuthClient)).rejects.toThrow(message)
  })
})
