import { describe, expect, it } from 'vitest'
import { Analytics } from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { openServer } from '../../support/retries.ts'

const server = await openServer()

describe('an event that is always answered with 503 and Retry-After', () => {
  it('delays no other event, counts its retries, and finally fails', async () => {
    let poisonCount = 0
    server.answer(({ events }, response) => {
      const isPoison = events.some(({ event }) => event === 'poison')
      if (isPoison) poisonCount++
      response.writeHead(isPoison ? 503 : 200, isPoison ? { 'Retry-After': '1' } : {}).end('{}')
    })
    const client = new Analytics({ writeKey: 'wk_poison', host: server.url, flushAt: 1, maxRetries: 2 })
    let isOver = false
    const poison = client.on('error', () => {}).track({ userId: 'u1', event: 'poison' })
    const ended = Promise.resolve(poison).finally(() => {
      isOver = true
    })
    const delaysMs: number[] = []
    while (!isOver) {
      const startedMs = performance.now()
      const { status } = await client.track({ userId: 'u1', event: 'good' })
      expect(status).toBe('delivered')
      delaysMs.push(performance.now() - startedMs)
      await rest(50)
    }
    expect(await ended).toMatchObject({
      status: 'failed',
      attempts: 3,
      error: { code: 'ERR_HTTP_STATUS', status: 503 },
    })
    expect(poisonCount).toBe(3)
    expect(delaysMs.length).toBeGreaterThan(5)
    // Those that waited for its pause would take most of a second.
    expect(delaysMs.toSorted((one, other) => one - other)[delaysMs.length >> 1]).toBeLessThan(500)
  })

  it('fails with its flush, like the other events of its batch', async () => {
    server.answer((_, response) => void response.writeHead(503, { 'Retry-After': '60' }).end())
    const client = new Analytics({ writeKey: 'wk_poison', host: server.url }).on('error', () => {})
    const deliveries = ['a', 'b'].map((event) => client.track({ userId: 'u1', event }))
    expect(await client.flush({ timeout: 1000 })).toEqual({ delivered: 0, failed: 2 })
    for (const delivery of deliveries) {
      expect(await delivery).toMatchObject({ attempts: 1, error: { code: 'ERR_DEADLINE' } })
    }
    server.answer((_, response) => void response.end('{}'))
    expect((await client.track({ userId: 'u1', event: 'next' })).status).toBe('delivered')
  })
})

describe('a 429 that never ends', () => {
  it('ends each batch maxRateLimitDuration after its own first 429', async () => {
    server.answer((_, response) => void response.writeHead(429, { 'Retry-After': '1' }).end())
    const client = new Analytics({ writeKey: 'wk_poison', host: server.url, maxRateLimitDuration: 2 }).on(
      'error',
      () => {},
    )
    const startedMs = performance.now()
    expect(await client.track({ userId: 'u1', event: 'a' })).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_HTTP_STATUS', status: 429 },
    })
    expect(performance.now() - startedMs).toBeGreaterThan(900)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })
})
