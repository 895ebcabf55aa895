import { fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createClient, reasonOf, recordErrors, rest, trackMany } from '../../support/client.ts'
import { startServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }

/** A server in its own process whose bodies do not end, so that the memory of this process can be measured. */
const ENDLESS = `
import { createServer } from 'node:http'
const chunk = Buffer.alloc(1 << 20, 97)
const server = createServer((request, response) => {
  request.resume()
  response.on('error', () => {})
  response.writeHead(Number(process.argv.at(-1)))
  const write = () => {
    while (response.write(chunk));
    response.once('drain', write)
  }
  write()
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
`

async function startEndlessServer(status: number): Promise<{ url: string; stop(): void }> {
  const child = fork('', [String(status)], { execArgv: ['--input-type=module', '--eval', ENDLESS] })
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}

/** By how much the memory of the process grows, at most, while something is done. */
async function measureGrowth(act: () => PromiseLike<unknown>): Promise<number> {
  const before = process.memoryUsage().rss
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 10)
  await act()
  clearInterval(timer)
  return peak - before
}

describe('a body that never ends', () => {
  it.each([200, 404])('is read only in part and briefly, and does not change the outcome of a %i', async (status) => {
    const server = await startEndlessServer(status)
    try {
      const client = createClient(server)
      const startedMs = performance.now()
      let outcome: unknown
      const growthBytes = await measureGrowth(async () => {
        outcome = await client.track(A)
      })
      expect(outcome).toMatchObject({ attempts: 1, status: status === 200 ? 'delivered' : 'failed' })
      if (status === 404) expect(outcome).toMatchObject({ error: { code: 'ERR_HTTP_STATUS', status } })
      expect(performance.now() - startedMs).toBeLessThan(10_000)
      // It sends gigabytes in that time.
      expect(growthBytes).toBeLessThan(100 * 1024 * 1024)
    } finally {
      server.stop()
    }
  })

  it.each([200, 404])('but trickles is waited for no longer than about a second: %i', async (status) => {
    const server = await startServer((_, response) => {
      response.writeHead(status)
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const startedMs = performance.now()
    expect((await createClient(server).track(A)).attempts).toBe(1)
    expect(performance.now() - startedMs).toBeLessThan(8_000)
  })
})

describe('a 200', () => {
  it('counts from its headers: the deadline of the flush does not undo it', async () => {
    const server = await startServer((_, response) => void response.writeHead(200).write('{'))
    const client = createClient(server)
    const errors = recordErrors(client)
    client.track(A)
    expect(await client.flush({ timeout: 400 })).toEqual({ delivered: 1, failed: 0 })
    expect(errors).toEqual([])
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['is cut off', { 'content-length': '5000' }],
    ['is cut off, and said to be short', { 'content-length': '13' }],
    ['has no length, and is cut off', {}],
    ['is said to be compressed, and is not', { 'content-encoding': 'gzip' }],
  ])('is delivered even if its body %s', async (_, headers) => {
    const server = await startServer(async (_, response) => {
      response.writeHead(200, headers).write('no such body')
      // After what was written has left.
      await rest(100)
      response.destroy()
    })
    const outcome = await createClient(server).track(A)
    expect(outcome).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(server.requests).toHaveLength(1)
  })
})

describe("the server's explanation of an error", () => {
  const EXPLANATION = '{"success":false,"message":"Exceed payload limit: event 3 is 41 KB"}'

  it('is kept in reason.answer', async () => {
    const server = await startServer((_, response) => response.writeHead(400).end(EXPLANATION))
    const reason = await reasonOf(createClient(server).track(A))
    expect(reason).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 400, answer: EXPLANATION })
  })

  it('is kept after the last retry, and as the cause of a deadline', async () => {
    const server = await startServer((_, response) => response.writeHead(503).end('maintenance until 5'))
    const retried = await reasonOf(createClient(server, { maxRetries: 1, minRetryDelay: 1 }).track(A))
    expect(retried).toMatchObject({ status: 503, answer: 'maintenance until 5' })
    const client = createClient(server, { minRetryDelay: 60_000, maxRetryDelay: 60_000, maxRetries: 100 })
    const delivery = client.on('error', () => {}).track(A)
    await client.flush({ timeout: 300 })
    expect(await reasonOf(delivery)).toMatchObject({ code: 'ERR_DEADLINE', cause: { answer: 'maintenance until 5' } })
  })

  it('is kept only for the rejected event after a batch was split', async () => {
    const server = await startServer(({ events }, response) => {
      const isBad = events.some(({ event }) => event === '2')
      response.writeHead(isBad ? 400 : 200).end(isBad ? EXPLANATION : '{}')
    })
    const client = createClient(server)
    const errors = recordErrors(client)
    trackMany(client, 4)
    expect(await client.flush()).toEqual({ delivered: 3, failed: 1 })
    expect(errors).toMatchObject([{ reason: { answer: EXPLANATION }, ctx: { event: { event: '2' } } }])
  })

  it('is cut to 300 characters', async () => {
    const server = await startServer((_, response) => response.writeHead(403).end('x'.repeat(100_000)))
    const reason = await reasonOf(createClient(server).track(A))
    expect(reason?.answer).toBe('x'.repeat(300))
  })

  it('is undefined if the server gives none', async () => {
    const server = await startServer((_, response) => response.writeHead(403).end())
    expect((await reasonOf(createClient(server).track(A)))?.answer).toBeUndefined()
  })
})

describe('a wrong host', () => {
  it('is named with the whole URL in the message of a 404', async () => {
    const server = await startServer((_, response) => response.writeHead(404).end())
    const { error } = await createClient(server, { path: '/v2/batch' }).track(A)
    expect(error?.message).toContain(`POST ${server.url}/v2/batch`)
  })

  it('that nothing listens on is a network error with its cause', async () => {
    const server = await startServer()
    await server.close()
    const { error } = await createClient(server, { maxRetries: 0 }).track(A)
    expect(error).toMatchObject({ code: 'ERR_NETWORK', message: expect.stringContaining('ECONNREFUSED') })
  })

  it.each(['', '/', '/v1', '/v1/', '/v1/batch', '/v1/batch/'])('does not include one that ends in %j', async (end) => {
    const server = await startServer((request, response) => {
      response.writeHead(request.url === '/v1/batch' ? 200 : 404).end('{}')
    })
    expect((await createClient({ url: server.url + end }).track(A)).status).toBe('delivered')
    expect(server.requests.map(({ url }) => url)).toEqual(['/v1/batch'])
  })
})
