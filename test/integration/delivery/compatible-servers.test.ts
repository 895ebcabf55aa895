import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { transform } from 'esbuild'
import { afterEach, describe, expect, it } from 'vitest'
import { Analytics, type AnalyticsSettings, type HTTPFetchFn, type SegmentEvent } from '../../../src/index.ts'

// What docs/segment-compatible-servers.md says, against servers that behave as those products do.

interface Received {
  url: string | undefined
  headers: IncomingHttpHeaders
  events: SegmentEvent[]
}

interface Answer {
  status: number
  body?: unknown
}

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function startServer(answer: (request: Received) => Answer): Promise<{ host: string; requests: Received[] }> {
  const requests: Received[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const received = { url: request.url, headers: request.headers, events: JSON.parse(text).batch }
    requests.push(received)
    const { status, body } = answer(received)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanUps.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  // The cast: a server that listens on TCP has an AddressInfo.
  return { host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

function createClient(settings: Partial<AnalyticsSettings>): Analytics {
  const client = new Analytics({ writeKey: 'key-id:key-secret', flushInterval: 1_000_000_000, ...settings })
  cleanUps.push(() => client.closeAndFlush({ timeout: 1 }))
  return client.on('error', () => {})
}

/** The Basic authentication of a request, decoded. */
function credentialsOf({ headers }: Received): string {
  return atob(String(headers.authorization).replace('Basic ', ''))
}

/** Jitsu answers 200, and judges each event in the body. */
function answerLikeJitsu(isWanted: (event: SegmentEvent) => boolean) {
  return ({ events }: Received): Answer => {
    const rejected = events.filter((event) => !isWanted(event))
    const counts = { receivedEvents: events.length, okEvents: events.length - rejected.length }
    if (rejected.length === 0) return { status: 200, body: { ok: true, ...counts } }
    const errors = rejected.map(({ messageId }) => `Message ID: ${messageId}: event error`)
    return { status: 200, body: { ok: false, errors, ...counts } }
  }
}

/** The recipe, as the document has it. */
async function loadRecipe(): Promise<HTTPFetchFn> {
  const document = await readFile(new URL('../../../docs/segment-compatible-servers.md', import.meta.url), 'utf8')
  const block = document.match(/```ts\n(.*?readVerdict.*?)```/s)?.[1] ?? ''
  // Without what shows its use.
  const source = block.slice(block.indexOf('/**'), block.indexOf('const analytics'))
  const { code } = await transform(source, { loader: 'ts' })
  const { readVerdict } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return readVerdict
}

describe('a server that answers 200 and rejects events in the body', () => {
  it('counts as delivering them without the recipe', async () => {
    const { host } = await startServer(answerLikeJitsu(() => false))
    expect(await createClient({ host }).track({ userId: 'u1', event: 'A' })).toMatchObject({ status: 'delivered' })
  })

  it('reports them as failed with the recipe, at once, in its own words', async () => {
    const { host, requests } = await startServer(answerLikeJitsu(() => false))
    const client = createClient({ host, httpClient: await loadRecipe() })
    const reasons: unknown[] = []
    client.on('error', ({ reason }) => reasons.push(reason))
    const outcomes = await Promise.all([1, 2, 3].map((id) => client.track({ userId: `u${id}`, event: 'A' })))
    expect(outcomes).toMatchObject(Array(3).fill({ status: 'failed', attempts: 1 }))
    expect(requests).toHaveLength(1)
    expect(outcomes[0]?.error).toEqual({
      code: 'ERR_HTTP_STATUS',
      message: '[422] Rejected in the body',
      status: 422,
    })
    expect(reasons[0]).toMatchObject({
      answer: expect.stringContaining(`Message ID: ${outcomes[0]?.messageId}: event error`),
    })
  })

  it('reveals the one rejected event with the recipe, and the others are delivered', async () => {
    const taken = new Set<string | undefined>()
    const { host, requests } = await startServer((request) => {
      for (const { event } of request.events) if (event !== '3') taken.add(event)
      return answerLikeJitsu(({ event }) => event !== '3')(request)
    })
    const client = createClient({ host, httpClient: await loadRecipe() })
    const names = ['0', '1', '2', '3', '4', '5', '6', '7']
    const outcomes = await Promise.all(names.map((event) => client.track({ userId: 'u1', event })))
    const failed = outcomes.flatMap(({ status }, index) => (status === 'failed' ? [names[index]] : []))
    expect(failed).toEqual(['3'])
    expect([...taken].sort()).toEqual(names.filter((name) => name !== '3'))
    // 8, then the two halves, the quarters of one half, and the eighths of one quarter.
    expect(requests).toHaveLength(7)
  })

  it('is unaffected by the recipe if it accepts the events, or fails with a status', async () => {
    let status = 503
    const { host, requests } = await startServer((request) => {
      const answer = status === 200 ? answerLikeJitsu(() => true)(request) : { status }
      status = 200
      return answer
    })
    const client = createClient({ host, httpClient: await loadRecipe() })
    expect(await client.track({ userId: 'u1', event: 'A' })).toMatchObject({ status: 'delivered', attempts: 2 })
    expect(requests).toHaveLength(2)
  })
})

describe('the settings in the document', () => {
  it.each(['', '/v1', '/v1/batch'])(
    'reach /v1/batch for a host that ends in %j, with the key as the user',
    async (end) => {
      const { host, requests } = await startServer(() => ({ status: 200 }))
      expect(await createClient({ host: host + end }).track({ userId: 'u1', event: 'A' })).toMatchObject({
        status: 'delivered',
      })
      expect(requests.map(({ url }) => url)).toEqual(['/v1/batch'])
      expect(requests.map(credentialsOf)).toEqual(['key-id:key-secret:'])
    },
  )

  it('RudderStack: name the URL if a source is disabled (404)', async () => {
    const { host } = await startServer(() => ({ status: 404, body: 'source is disabled' }))
    const { error } = await createClient({ host }).track({ userId: 'u1', event: 'A' })
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining(`${host}/v1/batch`) })
  })

  it('RudderStack: retry a 429 without Retry-After at most maxRetries times', async () => {
    const { host, requests } = await startServer(() => ({ status: 429 }))
    const client = createClient({ host, maxRetries: 2, minRetryDelay: 1 })
    const { error } = await client.track({ userId: 'u1', event: 'A' })
    expect(error).toMatchObject({ code: 'ERR_HTTP_STATUS', status: 429 })
    expect(requests).toHaveLength(3)
  })

  it('Dittofeed: authenticate with the decoded key, and deliver events beside an unknown alias', async () => {
    const { host, requests } = await startServer(({ headers, events }) => {
      // As its API does: by the first two parts.
      const [id, secret] = credentialsOf({ url: '', headers, events }).split(':')
      if (id !== '<KEY_ID>' || secret !== '<KEY_SECRET>') return { status: 401 }
      return events.some(({ type }) => type === 'alias') ? { status: 400 } : { status: 204 }
    })
    const writeKey = atob('Basic PEtFWV9JRD46PEtFWV9TRUNSRVQ+'.replace('Basic ', ''))
    const client = createClient({ host, path: '/api/public/apps/batch', writeKey })
    const outcomes = await Promise.all([
      client.track({ userId: 'u1', event: 'A' }),
      client.alias({ userId: 'u1', previousId: 'p1' }),
      client.identify({ userId: 'u1' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['delivered', 'failed', 'delivered'])
    expect(outcomes[1]?.error).toMatchObject({ status: 400 })
    expect(new Set(requests.map(({ url }) => url))).toEqual(new Set(['/api/public/apps/batch']))
  })
})
