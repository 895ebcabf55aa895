import { describe, expect, it, vi } from 'vitest'
import { Analytics, ValidationError } from '../../../src/index.ts'
import { type AnalyticsSettings, resolveSettings } from '../../../src/settings/settings.ts'
import { WRITE_KEY } from '../../support/client.ts'

/** Resolves as JavaScript does, which no type keeps from passing something wrong. */
function resolve(settings: object) {
  return resolveSettings({ writeKey: WRITE_KEY, ...settings } as AnalyticsSettings)
}

function mistake(settings: unknown): ValidationError {
  try {
    // A cast, since wrong settings are the subject.
    resolveSettings(settings as AnalyticsSettings)
  } catch (error) {
    if (error instanceof ValidationError) return error
    throw error
  }
  throw new Error('no error')
}

/** Every setting but the write key. */
const OPTIONAL_NAMES = [
  'host',
  'path',
  'maxRetries',
  'flushAt',
  'flushInterval',
  'httpRequestTimeout',
  'minRetryDelay',
  'maxRetryDelay',
  'maxConcurrentRequests',
  'maxQueueSize',
  'maxQueueBytes',
  'failWhenFull',
  'onUndelivered',
  'handOver',
  'pluginTimeout',
  'invalidEvents',
  'redactCredentials',
  'maxEventsInBatch',
  'maxTotalBackoffDuration',
  'maxRateLimitDuration',
  'oauthSettings',
  'disable',
  'anonymousId',
  'defaults',
  'gzip',
  'httpClient',
] as const satisfies (keyof AnalyticsSettings)[]

describe('defaults', () => {
  it('match the spec', () => {
    expect(resolve({})).toStrictEqual({
      writeKey: WRITE_KEY,
      url: 'https://api.segment.io/v1/batch',
      flushAt: 15,
      flushIntervalMs: 10_000,
      httpRequestTimeoutMs: 10_000,
      limits: {
        maxRetries: 3,
        minRetryDelayMs: 100,
        maxRetryDelayMs: 30_000,
        maxTotalBackoffMs: 43_200_000,
        maxRateLimitMs: 43_200_000,
      },
      pluginTimeoutMs: 5_000,
      invalidEvents: 'throw',
      maxConcurrentRequests: 4,
      maxQueueSize: 100_000,
      maxQueueBytes: 67_108_864,
      failWhenFull: 'newest',
      onUndelivered: undefined,
      handOver: undefined,
      plan: undefined,
      anonymousId: undefined,
      defaults: undefined,
      redactsCredentials: true,
      isDisabled: false,
      isCompressing: false,
      httpClient: undefined,
      oauth: undefined,
      warnings: [],
    })
  })

  it('apply to settings that are undefined', () => {
    expect(resolve(Object.fromEntries(OPTIONAL_NAMES.map((name) => [name, undefined])))).toStrictEqual(resolve({}))
  })

  it('do not apply to settings that are null: each is named', () => {
    for (const name of OPTIONAL_NAMES) expect(mistake({ writeKey: WRITE_KEY, [name]: null }).field).toBe(name)
  })

  it('yield to explicit settings', () => {
    const httpClient = () => Promise.reject(new Error('unused'))
    const onUndelivered = () => {}
    const settings = {
      maxRetries: 7,
      flushAt: 1,
      flushInterval: 20.5,
      httpRequestTimeout: 30,
      minRetryDelay: 40,
      maxRetryDelay: 50,
      maxTotalBackoffDuration: 60,
      maxRateLimitDuration: 0.5,
      maxConcurrentRequests: 6,
      maxQueueSize: 70,
      maxQueueBytes: 80_000,
      failWhenFull: 'oldest' as const,
      onUndelivered,
      redactCredentials: false,
      pluginTimeout: 5_500,
      invalidEvents: 'fail' as const,
      disable: true,
      httpClient,
    }
    expect(resolve({ ...settings, host: 'https://events.eu1.segmentapis.com', path: '/v1/b' })).toStrictEqual({
      writeKey: WRITE_KEY,
      url: 'https://events.eu1.segmentapis.com/v1/b',
      flushAt: 1,
      flushIntervalMs: 20.5,
      httpRequestTimeoutMs: 30,
      limits: {
        maxRetries: 7,
        minRetryDelayMs: 40,
        maxRetryDelayMs: 50,
        maxTotalBackoffMs: 60_000,
        maxRateLimitMs: 500,
      },
      pluginTimeoutMs: 5_500,
      invalidEvents: 'fail',
      maxConcurrentRequests: 6,
      maxQueueSize: 70,
      maxQueueBytes: 80_000,
      failWhenFull: 'oldest',
      onUndelivered,
      handOver: undefined,
      plan: undefined,
      anonymousId: undefined,
      defaults: undefined,
      redactsCredentials: false,
      isDisabled: true,
      isCompressing: false,
      httpClient,
      oauth: undefined,
      warnings: [],
    })
  })

  it('allow gzip, except with a custom HTTP client', () => {
    expect(resolve({ gzip: true })).toMatchObject({ isCompressing: true })
    for (const httpClient of [
      () => Promise.reject(new Error('unused')),
      { makeRequest: () => Promise.reject(new Error()) },
    ]) {
      expect(mistake({ writeKey: WRITE_KEY, gzip: true, httpClient })).toMatchObject({ field: 'gzip' })
    }
  })

  it('never put the longest back-off below the first', () => {
    expect(resolve({ minRetryDelay: 30_001 })).toMatchObject({
      limits: { minRetryDelayMs: 30_001, maxRetryDelayMs: 30_001 },
    })
    expect(mistake({ writeKey: WRITE_KEY, minRetryDelay: 30, maxRetryDelay: 29 })).toMatchObject({
      field: 'maxRetryDelay',
      message: expect.stringContaining('from 30 to'),
    })
  })

  it('are frozen once resolved, and independent of the given object', () => {
    const settings = { writeKey: WRITE_KEY, flushAt: 5 }
    const resolved = resolveSettings(settings)
    settings.flushAt = 9
    expect(resolved.flushAt).toBe(5)
    expect(Object.isFrozen(resolved)).toBe(true)
  })
})

describe('numbers', () => {
  const MAX_TIMER_MS = 2_147_483_647
  it.each<[name: string, resolvedName: string, min: number, max: number, isWhole: boolean]>([
    ['maxRetries', 'maxRetries', 0, 100, true],
    ['flushAt', 'flushAt', 1, 2500, true],
    ['flushInterval', 'flushIntervalMs', 0, MAX_TIMER_MS, false],
    ['httpRequestTimeout', 'httpRequestTimeoutMs', 1, MAX_TIMER_MS, false],
    ['minRetryDelay', 'minRetryDelayMs', 1, MAX_TIMER_MS, false],
    ['maxRetryDelay', 'maxRetryDelayMs', 100, MAX_TIMER_MS, false],
    ['pluginTimeout', 'pluginTimeoutMs', 1, MAX_TIMER_MS, false],
    ['maxConcurrentRequests', 'maxConcurrentRequests', 1, 100, true],
    ['maxQueueSize', 'maxQueueSize', 1, 10_000_000, true],
    ['maxQueueBytes', 'maxQueueBytes', 32 * 1024, MAX_TIMER_MS, true],
  ])('accepts the range of %s and nothing beyond', (name, resolvedName, min, max, isWhole) => {
    const resolved = (value: number) => {
      const { limits, ...others } = resolve({ [name]: value })
      return { ...others, ...limits }
    }
    expect(resolved(min)).toHaveProperty(resolvedName, min)
    expect(resolved(max)).toHaveProperty(resolvedName, max)
    const wrong: unknown[] = [min - 1, max + 1, Number.NaN, Infinity, -Infinity, '5', 5n, true, null, {}, [], () => 5]
    if (isWhole) wrong.push(min + 0.5)
    for (const value of wrong) {
      const error = mistake({ writeKey: WRITE_KEY, [name]: value })
      expect(error.field, String(value)).toBe(name)
      expect(error.message).toContain(`from ${min} to ${max}`)
    }
  })
})

describe('host and path', () => {
  it.each([
    ['http://127.0.0.1:4010', '/v1/batch', 'http://127.0.0.1:4010/v1/batch'],
    ['https://proxy.test/', '/v1/batch', 'https://proxy.test/v1/batch'],
    ['https://proxy.test/segment', '/b', 'https://proxy.test/segment/b'],
    ['https://proxy.test/segment/', '/b', 'https://proxy.test/segment/b'],
    ['HTTPS://Proxy.TEST', '/b', 'https://proxy.test/b'],
  ])('resolves %s and %s to %s', (host, path, url) => {
    expect(resolve({ host, path }).url).toBe(url)
  })

  it.each([
    '',
    'api.segment.io',
    '//api.segment.io',
    'ftp://api.segment.io',
    'javascript:alert(1)',
    'https://',
    'https://api.segment.io?a=1',
    'https://api.segment.io?',
    'https://api.segment.io/#a',
    'https://api.segment.io#',
    5,
    {},
    new URL('https://api.segment.io'),
  ])('rejects %j as a host', (host) => {
    expect(mistake({ writeKey: WRITE_KEY, host }).field).toBe('host')
  })

  it.each(['https://user:hunter2@api.segment.io', 'https://user@api.segment.io', 'https://:hunter2@api.segment.io'])(
    'rejects credentials in the host without repeating them: %s',
    (host) => {
      const error = mistake({ writeKey: WRITE_KEY, host })
      expect(error.field).toBe('host')
      expect(error.message).not.toMatch(/user|hunter2/)
    },
  )

  it.each(['', 'v1/batch', 5, {}])('rejects %j as a path', (path) => {
    expect(mistake({ writeKey: WRITE_KEY, path }).field).toBe('path')
  })
})

describe('everything else', () => {
  it.each([undefined, null, '', '  ', 5, {}, [WRITE_KEY]])('rejects %j as a write key', (writeKey) => {
    expect(mistake({ writeKey }).field).toBe('writeKey')
  })

  it.each([1, 'true', {}])('rejects %j for disable', (disable) => {
    expect(mistake({ writeKey: WRITE_KEY, disable }).field).toBe('disable')
  })

  it.each(['', 'random', 5, true, {}])('rejects %j for failWhenFull', (failWhenFull) => {
    expect(mistake({ writeKey: WRITE_KEY, failWhenFull })).toMatchObject({
      field: 'failWhenFull',
      message: expect.stringContaining('"newest" or "oldest"'),
    })
  })

  it.each([5, null, 'dlq'])('rejects %j for handOver', (handOver) => {
    expect(mistake({ writeKey: WRITE_KEY, handOver }).message).toContain('handOver must be an object; it is')
  })

  it.each([{}, { to: undefined }, { to: { put: 'x' } }])('names what is wrong in %j for handOver', (handOver) => {
    expect(mistake({ writeKey: WRITE_KEY, handOver }).message).toContain('handOver.to.put must be a function; it is of')
  })

  it('lists the allowed values of handOver.when', () => {
    const handOver = { to: { put: () => {} }, when: 'sometimes' }
    const message = 'handOver.when must be "undelivered" or "always"; it is of type string'
    expect(mistake({ writeKey: WRITE_KEY, handOver }).message).toBe(message)
  })

  it.each([5, 'dlq', {}, Promise.resolve()])('rejects %j for onUndelivered', (onUndelivered) => {
    expect(mistake({ writeKey: WRITE_KEY, onUndelivered }).field).toBe('onUndelivered')
  })

  it.each([5, 'fetch', {}, { makeRequest: 5 }, null])('rejects %j as an HTTP client', (httpClient) => {
    expect(mistake({ writeKey: WRITE_KEY, httpClient }).field).toBe('httpClient')
  })

  it.each([undefined, null, 5, [], new Map()])('rejects %j in place of settings', (settings) => {
    expect(mistake(settings).field).toBe('settings')
  })

  it.each([
    ['flushat', 'flushAt'],
    ['flushInteval', 'flushInterval'],
    ['httpTimeout', 'httpRequestTimeout'],
    ['timeout', 'httpRequestTimeout'],
    ['retryDelayOptions', 'minRetryDelay'],
    ['enable', 'disable'],
    ['writekey', 'writeKey'],
  ])('warns about an unknown setting, with the nearest name: %s, %s', (name, nearest) => {
    const { warnings, ...resolved } = resolve({ [name]: WRITE_KEY })
    expect(warnings).toEqual([`'${name}' is not a setting and has no effect: did you mean '${nearest}'?`])
    expect({ ...resolved, warnings: [] }).toStrictEqual(resolve({}))
  })

  it.each(['q', '', 'toString', '__proto__', 'x'.repeat(100)])('lists every setting if %j resembles none', (name) => {
    const [warning, ...others] = resolve(JSON.parse(`{${JSON.stringify(name)}:1}`)).warnings
    expect(others).toEqual([])
    expect(warning).toContain(`'${name}' is not a setting and has no effect: the settings are writeKey, host, path, `)
  })

  it('also warns about an unknown setting of OAuth', () => {
    const oauthSettings = { clientId: 'c', clientKey: 'k', keyId: 'i', keyID: 'i' }
    expect(resolve({ oauthSettings }).warnings).toEqual([
      "'oauthSettings.keyID' is not a setting and has no effect: did you mean 'oauthSettings.keyId'?",
    ])
  })

  it('also warns about an unknown setting of handOver', () => {
    const handOver = { to: { put: () => {} }, wen: 'always' }
    expect(resolve({ handOver }).warnings).toEqual([
      "'handOver.wen' is not a setting and has no effect: did you mean 'handOver.when'?",
    ])
  })

  it('warns about each problem once, on the console', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    // A cast: the mistake is the point.
    const client = new Analytics({ writeKey: WRITE_KEY, disable: true, flushat: 1, debug: true } as AnalyticsSettings)
    for (let count = 0; count < 3; count++) client.track({ userId: 'u1', event: 'E' })
    expect(warn.mock.calls.map(([text]) => String(text).split(':')[1])).toEqual([
      " 'flushat' is not a setting and has no effect",
      " 'debug' is not a setting and has no effect",
    ])
    warn.mockRestore()
  })

  it.each([undefined, null, ''])('accepts %j as a write key with disable', async (writeKey) => {
    expect(resolve({ writeKey, disable: true }).writeKey).toBe('')
    expect(mistake({ writeKey, disable: false }).field).toBe('writeKey')
    // A cast: without a write key, it is often undefined.
    const client = new Analytics({ writeKey, disable: true } as AnalyticsSettings)
    client.track({ userId: 'u1', event: 'E' })
    expect(await client.flush()).toEqual({ delivered: 1, failed: 0 })
  })

  it('checks in the constructor', () => {
    expect(() => new Analytics({ writeKey: '' })).toThrow(ValidationError)
  })
})

describe('the write key', () => {
  it.each<[string, unknown]>([
    ['in place of the settings', WRITE_KEY],
    ['in an array', [WRITE_KEY]],
    ['as an array', { writeKey: [WRITE_KEY] }],
    ['in the host', { writeKey: WRITE_KEY, host: `https://${WRITE_KEY}@api.segment.io` }],
    ['as the host', { writeKey: WRITE_KEY, host: WRITE_KEY }],
    ['as the path', { writeKey: WRITE_KEY, path: WRITE_KEY }],
    ['as a number', { writeKey: WRITE_KEY, flushAt: WRITE_KEY }],
    ['as an HTTP client', { writeKey: WRITE_KEY, httpClient: WRITE_KEY }],
    ['as disable', { writeKey: WRITE_KEY, disable: WRITE_KEY }],
  ])('never appears in an error message: %s', (_, settings) => {
    const error = mistake(settings)
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(WRITE_KEY)
  })

  it('never appears in a warning', () => {
    const settings = { writekey: WRITE_KEY, host: `http://proxy.test/${WRITE_KEY}` }
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    new Analytics({ writeKey: WRITE_KEY, ...settings })
    expect(warn).toHaveBeenCalledTimes(2)
    expect(JSON.stringify(warn.mock.calls)).not.toContain(WRITE_KEY)
    warn.mockRestore()
  })
})

it('accepts a write key with more characters than a call may have arguments', () => {
  expect(() => new Analytics({ writeKey: 'k'.repeat(500_000) })).not.toThrow()
})

describe('the URL of requests', () => {
  it.each([
    'https://api.test',
    'https://api.test/',
    'https://api.test/v1',
    'https://api.test/v1/',
    ' https://api.test/v1/batch ',
  ])('is https://api.test/v1/batch for %s', (host) => {
    expect(resolve({ host }).url).toBe('https://api.test/v1/batch')
  })

  it('has its own path appended to any host', () => {
    expect(resolve({ host: 'https://api.test/v1', path: '/v1/b' }).url).toBe('https://api.test/v1/v1/b')
  })

  it.each(['http://api.test', 'http://127.0.0.1.test', 'http://localhost.test', 'http://10.0.0.1'])(
    'warns about the unencrypted %s for the API, and rejects it for tokens',
    (url) => {
      expect(resolve({ host: url }).warnings).toEqual([expect.stringContaining('unencrypted')])
      const oauthSettings = { clientId: 'c', clientKey: 'k', keyId: 'i', authServer: url }
      expect(mistake({ writeKey: WRITE_KEY, oauthSettings })).toMatchObject({ field: 'oauthSettings.authServer' })
    },
  )

  it.each([
    'http://127.0.0.1:8080',
    'http://localhost',
    'http://app.localhost:1',
    'http://[::1]:8080',
    'https://a.test',
  ])('allows the private or encrypted %s', (url) => {
    expect(resolve({ host: url }).warnings).toEqual([])
    const oauthSettings = { clientId: 'c', clientKey: 'k', keyId: 'i', authServer: url }
    expect(resolve({ oauthSettings }).oauth?.authServer).toBe(url)
  })
})
