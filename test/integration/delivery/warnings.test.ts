import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Analytics, ValidationError } from '../../../src/index.ts'
import { createClient, rest } from '../../support/client.ts'
import { createOAuthSettings, startServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

const startRejecting = () => startServer((_, response) => response.writeHead(400).end('{}'))

const warnings = () => vi.mocked(console.warn).mock.calls.map(([text]) => String(text))

describe('a failure that a once() listener received', () => {
  it('causes no warning, but the next one does', async () => {
    const server = await startRejecting()
    const client = createClient(server)
    const heard = vi.fn()
    client.once('error', heard).track(A)
    await client.flush()
    await rest(10)
    expect(heard).toHaveBeenCalledTimes(1)
    expect(warnings()).toEqual([])

    client.once('error', heard).track(A)
    await client.flush()
    await rest(10)
    expect(heard).toHaveBeenCalledTimes(2)
    expect(warnings()).toEqual([])

    client.track(A)
    await client.flush()
    await rest(10)
    expect(warnings()).toEqual([expect.stringContaining('nothing handles it')])
  })
})

describe('a listener added in each request', () => {
  it('causes one warning, at the eleventh of a name, and every listener is called', async () => {
    const server = await startRejecting()
    const client = createClient(server)
    const heard = vi.fn()
    for (let index = 0; index < 1000; index++) client.on('error', () => heard())
    for (let index = 0; index < 10; index++) client.on('track', () => {})
    expect(warnings()).toEqual([expect.stringContaining("11 listeners of 'error'")])
    client.track(A)
    await client.flush()
    expect(heard).toHaveBeenCalledTimes(1000)
    expect(warnings()).toHaveLength(1)
  })

  it('costs no more for the twenty-thousandth than for the first', () => {
    const client = new Analytics({ writeKey: 'wk_warn' })
    const startedMs = performance.now()
    for (let index = 0; index < 20_000; index++) client.on('error', () => {})
    // It took seconds when each of them copied those before.
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})

describe('unencrypted HTTP', () => {
  it.each(['http://127.0.0.1:4010', 'http://localhost:4010', 'http://[::1]:4010', 'http://api.localhost'])(
    'to this machine causes no warning: %s',
    (host) => {
      new Analytics({ writeKey: 'wk_warn', host, oauthSettings: createOAuthSettings(host) })
      expect(warnings()).toEqual([])
    },
  )

  it.each([
    'http://proxy.test',
    'http://10.0.0.5:8080',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
  ])('to another host causes a warning, and is rejected for the token server: %s', (host) => {
    new Analytics({ writeKey: 'wk_warn', host })
    expect(warnings()).toEqual([expect.stringContaining(`${host}/v1/batch`)])
    const wrong = () => new Analytics({ writeKey: 'wk_warn', oauthSettings: createOAuthSettings(host) })
    expect(wrong).toThrow(ValidationError)
    expect(wrong).toThrow(expect.objectContaining({ field: 'oauthSettings.authServer' }))
  })
})
