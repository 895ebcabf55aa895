import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Authorizer } from '../../../src/auth/authorizer.ts'
import { Batch } from '../../../src/delivery/batch.ts'
import { PendingTracker } from '../../../src/delivery/outcome/pending-tracker.ts'
import { BUILT_HERE } from '../../../src/delivery/queue.ts'
import { QueuedEvent } from '../../../src/delivery/queued-event.ts'
import { MAX_BATCH_BYTES, Sender } from '../../../src/delivery/sender.ts'
import { DeliveryError } from '../../../src/errors.ts'
import { Emitter } from '../../../src/events/emitter.ts'
import { Redactor } from '../../../src/http/redactor.ts'
import type { HTTPClientRequest } from '../../../src/http/types.ts'
import { Reporter } from '../../../src/lib/reporter.ts'
import { type AnalyticsSettings, resolveSettings } from '../../../src/settings/settings.ts'
import { WRITE_KEY } from '../../support/client.ts'

const BODY = '{"batch":[{"type":"track"}],"writeKey":"wk_unit_9f3a","sentAt":"2026-01-02T03:04:05.000Z"}'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-02T03:04:05.000Z') }))
afterEach(() => void vi.useRealTimers())

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

/** A sender whose HTTP client gives these answers, one after the other, and then 200. */
function create(answers: readonly Answer[] = [], settings: Partial<AnalyticsSettings> = {}) {
  const left = [...answers]
  const requests: HTTPClientRequest[] = []
  const httpClient = {
    async makeRequest(request: HTTPClientRequest) {
      requests.push(request)
      const { status, headers = {}, body = '' } = left.shift() ?? { status: 200 }
      return { status, statusText: 'Text', headers, text: async () => body }
    },
  }
  const resolved = resolveSettings({ writeKey: WRITE_KEY, host: 'https://api.example.com', httpClient, ...settings })
  const redactor = new Redactor(WRITE_KEY)
  const emitter = new Emitter(new Reporter(redactor.redact))
  return { sender: new Sender(resolved, emitter, redactor), emitter, requests }
}

function createBatch(): Batch {
  const generation = new PendingTracker<QueuedEvent>(() => undefined).accept()
  const event = new QueuedEvent('track', undefined, generation, BUILT_HERE)
  event.json = '{"type":"track"}'
  return new Batch(generation, [event])
}

const LIMITED = { status: 429, headers: { 'retry-after': '5' } }

describe('a request', () => {
  it('has the events, and the write key as user name', async () => {
    const { sender, requests } = create()
    expect(await sender.send(createBatch())).toEqual({ kind: 'delivered' })
    expect(requests[0]).toMatchObject({
      url: 'https://api.example.com/v1/batch',
      method: 'POST',
      body: BODY,
      headers: { Authorization: `Basic ${btoa(`${WRITE_KEY}:`)}`, 'Content-Type': 'application/json' },
    })
    expect(requests[0]?.headers).not.toHaveProperty('X-Retry-Count')
  })

  it('may have as many bytes as fit with all that is around its events', () => {
    expect(MAX_BATCH_BYTES).toBe(491_520)
    expect(create().sender.roomBytes).toBe(491_520 - BODY.length + '{"type":"track"}'.length)
  })

  it('counts its retries in a header', async () => {
    const { sender, requests } = create([{ status: 500 }, { status: 500 }])
    const sent = sender.send(createBatch())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await sent).toEqual({ kind: 'delivered' })
    expect(requests.map(({ headers }) => headers['X-Retry-Count'])).toEqual([undefined, '1', '2'])
  })
})

describe('a pause that a 429 asks for', () => {
  it('is kept by every batch', async () => {
    const { sender, requests } = create([LIMITED])
    const outcomes = [sender.send(createBatch())]
    await vi.advanceTimersByTimeAsync(0)
    outcomes.push(sender.send(createBatch()))
    await vi.advanceTimersByTimeAsync(4_990)
    expect(requests.length).toBe(1)
    await vi.advanceTimersByTimeAsync(10)
    expect(await Promise.all(outcomes)).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
    expect(requests.length).toBe(3)
  })

  it('is not shortened by a later answer that asks for less', async () => {
    const { sender, requests } = create([LIMITED, { status: 429, headers: { 'retry-after': '1' } }])
    void sender.send(createBatch())
    void sender.send(createBatch())
    await vi.advanceTimersByTimeAsync(0)
    void sender.send(createBatch())
    await vi.advanceTimersByTimeAsync(4_900)
    expect(requests.length).toBe(2)
    await vi.advanceTimersByTimeAsync(200)
    expect(requests.length).toBe(5)
  })

  it.each([
    ['a 429 without Retry-After', { status: 429 }],
    ['a 503', { status: 503, headers: { 'retry-after': '5' } }],
  ])('is not what %s asks for', async (_, answer) => {
    const { sender, requests } = create([answer])
    void sender.send(createBatch())
    await vi.advanceTimersByTimeAsync(0)
    expect(await sender.send(createBatch())).toEqual({ kind: 'delivered' })
    expect(requests.length).toBe(2)
  })

  it.each([
    ['waits for it', Number.POSITIVE_INFINITY],
    ['failed because of it', 3_000],
  ])('is the cause if another batch has no time for it; the first one %s', async (_, deadlineMs) => {
    const { sender, requests } = create([LIMITED])
    const first = createBatch()
    first.tighten(performance.now() + deadlineMs)
    void sender.send(first)
    await vi.advanceTimersByTimeAsync(0)
    const second = createBatch()
    second.tighten(performance.now() + 3_000)
    expect(await sender.send(second)).toMatchObject({
      kind: 'failed',
      reason: { code: 'ERR_DEADLINE', cause: { code: 'ERR_HTTP_STATUS', status: 429 } },
    })
    expect(requests.length).toBe(1)
  })

  it('is not the cause if the batch has failed itself', async () => {
    const { sender } = create([{ status: 500 }, LIMITED])
    const batch = createBatch()
    const sent = sender.send(batch)
    await vi.advanceTimersByTimeAsync(0)
    void sender.send(createBatch())
    await vi.advanceTimersByTimeAsync(200)
    batch.expire()
    expect(await sent).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE', cause: { status: 500 } } })
  })
})

describe('a deadline', () => {
  it('ends the pause before a retry', async () => {
    const { sender, requests } = create([{ status: 500 }])
    const batch = createBatch()
    const sent = sender.send(batch)
    await vi.advanceTimersByTimeAsync(0)
    batch.expire()
    expect(await sent).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE', cause: { status: 500 } } })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(requests.length).toBe(1)
  })

  it('that passes while a token is requested ends the batch without a request', async () => {
    const { sender, requests } = create()
    const batch = createBatch()
    const authorize = async () => {
      batch.expire()
      return { kind: 'authorized' as const, header: 'Bearer t1' }
    }
    const sent = sender.send(batch, { authorize, invalidate() {} })
    expect(await sent).toMatchObject({ kind: 'failed', reason: { code: 'ERR_DEADLINE' } })
    expect(requests).toEqual([])
  })
})

describe('a token', () => {
  function createAuthorizer() {
    let count = 0
    const authorize = vi.fn<Authorizer['authorize']>(async () => ({ kind: 'authorized', header: `Bearer t${++count}` }))
    return { authorize, invalidate: vi.fn() }
  }

  it('takes the place of the write key', async () => {
    const { sender, requests } = create()
    expect(await sender.send(createBatch(), createAuthorizer())).toEqual({ kind: 'delivered' })
    expect(requests[0]?.headers.Authorization).toBe('Bearer t1')
  })

  it('that is rejected is dropped and renewed once', async () => {
    const { sender, requests } = create([{ status: 401 }, { status: 401 }])
    const authorizer = createAuthorizer()
    const outcome = await sender.send(createBatch(), authorizer)
    expect(outcome).toMatchObject({ kind: 'failed', reason: { status: 401 } })
    expect(requests.map(({ headers }) => headers.Authorization)).toEqual(['Bearer t1', 'Bearer t2'])
    expect(authorizer.invalidate.mock.calls).toEqual([['Bearer t1']])
  })

  it('that cannot be had fails the batch without a request', async () => {
    const { sender, requests } = create()
    const reason = new DeliveryError('ERR_TOKEN', 'no access token')
    const authorizer = { ...createAuthorizer(), authorize: async () => ({ kind: 'failed' as const, reason }) }
    expect(await sender.send(createBatch(), authorizer)).toEqual({ kind: 'failed', reason })
    expect(requests).toEqual([])
  })

  it('is not what a rejected write key needs', async () => {
    const { sender, requests } = create([{ status: 401 }])
    expect(await sender.send(createBatch())).toMatchObject({ kind: 'failed', reason: { status: 401 } })
    expect(requests.length).toBe(1)
  })
})

describe('the events http_request and http_response', () => {
  const BASIC = `Basic ${btoa(`${WRITE_KEY}:`)}`

  it.each([
    [true, '[redacted]', '[redacted]'],
    [false, WRITE_KEY, BASIC],
  ])('show credentials as the setting says; redactCredentials: %s', async (redactCredentials, key, authorization) => {
    const answer = { status: 200, headers: { 'X-Key': WRITE_KEY }, body: `{"key":"${WRITE_KEY}"}` }
    const { sender, emitter } = create([answer], { redactCredentials })
    const seen: unknown[] = []
    emitter.on('http_request', (request) => seen.push(request))
    emitter.on('http_response', (response) => seen.push(response))
    await sender.send(createBatch())
    expect(seen).toEqual([
      expect.objectContaining({
        url: 'https://api.example.com/v1/batch',
        body: BODY.replace(WRITE_KEY, key),
        headers: expect.objectContaining({ Authorization: authorization, 'Content-Type': 'application/json' }),
      }),
      expect.objectContaining({ status: 200, headers: { 'x-key': key }, body: `{"key":"${key}"}` }),
    ])
  })

  it('show the first 60 KB of a body', async () => {
    const { sender, emitter } = create([{ status: 200, body: 'x'.repeat(65_536) }])
    const lengths: number[] = []
    emitter.on('http_response', ({ body }) => lengths.push(body.length))
    await sender.send(createBatch())
    expect(lengths).toEqual([61_440])
  })

  it('show no response where there is none', async () => {
    const makeRequest = async () => Promise.reject(new Error('gone'))
    const { sender, emitter } = create([], { httpClient: { makeRequest }, maxRetries: 0 })
    const onResponse = vi.fn()
    emitter.on('http_response', onResponse)
    expect(await sender.send(createBatch())).toMatchObject({ kind: 'failed', reason: { code: 'ERR_NETWORK' } })
    expect(onResponse).not.toHaveBeenCalled()
  })
})
