import { once } from 'node:events'
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { Store } from '../../collector/store.ts'

let collector: Collector
beforeAll(async () => {
  collector = await startCollector({ page: true, keepCount: 100 })
})
afterAll(() => collector.close())

const AUTHORIZATION = `Basic ${btoa('a-write-key:')}`

function send(
  path: string,
  headers: Record<string, string>,
  method = 'POST',
  body: string | Buffer = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(collector.url + path, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  send('/v1/batch', { 'content-type': 'application/json', authorization: AUTHORIZATION, ...headers }, 'POST', body)

/** What the page would be sent, until it has all. */
async function readLive({ url } = collector): Promise<string> {
  const controller = new AbortController()
  const response = await fetch(`${url}/_/live`, { signal: controller.signal })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('event: complete')) break
  }
  controller.abort()
  return text
}

const countFaults = async () => ((await (await fetch(`${collector.url}/_/faults`)).json()) as unknown[]).length

const isFine = async () => {
  expect(await send('/_/health', {}, 'GET')).toBe(200)
  expect(await readLive()).toContain('event: reset')
}

describe('the guard', () => {
  it.each([
    'evil.test',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    '10.0.0.1',
    '0.0.0.0',
    'evil.test@localhost',
    'localhost/x',
  ])('rejects a foreign Host on every route: %s', async (host) => {
    for (const path of ['/', '/_/events', '/_/live', '/v1/batch', '/v1/t', '/_/page/main.js']) {
      expect(await send(path, { host, authorization: AUTHORIZATION }, path.startsWith('/v1') ? 'POST' : 'GET')).toBe(
        403,
      )
    }
  })

  it.each(['localhost', 'app.localhost:80', '127.0.0.1:1', '[::1]:4010', 'LOCALHOST'])(
    'accepts %s as this machine',
    async (host) => {
      expect(await send('/_/health', { host }, 'GET')).toBe(200)
    },
  )

  it.each(['https://evil.test', 'null', 'http://localhost.evil.test', 'file://', 'http://localhost:3000'])(
    'rejects the Origin %s on control routes and the page',
    async (origin) => {
      const before = await countFaults()
      expect(await send('/_/faults', { origin }, 'POST', '{"status":503}')).toBe(403)
      expect(await send('/_/events', { origin }, 'DELETE')).toBe(403)
      expect(await send('/_/live', { origin }, 'GET')).toBe(403)
      expect(await countFaults()).toBe(before)
    },
  )

  it('treats another spelling of a route as the same route', async () => {
    for (const path of ['/%5f/events', '/%5F/live', '/_/events?x=/v1/', '/_%2fevents', '//_/events', '/_/./events']) {
      expect([403, 404]).toContain(await send(path, { origin: 'http://localhost:3000' }, 'GET'))
    }
  })

  it('rejects reads by a page of another site on this machine, even without an Origin', async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect(await send('/_/events', { 'sec-fetch-site': site }, 'GET')).toBe(403)
      expect(await send('/', { 'sec-fetch-site': site, accept: 'text/html' }, 'GET')).toBe(200)
    }
  })

  it.each(['https://evil.test', 'null'])('rejects events from pages of %s', async (origin) => {
    expect(await post('{"batch":[{"type":"page","userId":"u"}]}', { origin })).toBe(403)
    expect(collector.events()).toEqual([])
    expect(collector.requests().at(-1)).toMatchObject({ status: 403, reason: `foreign Origin ${origin}` })
  })

  it('listens on loopback only', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'example.com', '']) {
      await expect(startCollector({ host })).rejects.toThrow('host: must be a loopback address')
    }
  })
})

describe('input', () => {
  it.each([
    ['arrays', '['],
    ['objects', '{"a":'],
  ])('of 200,000 levels of %s is answered 400', async (_name, open) => {
    for (const body of [
      open.repeat(200_000 / (open.length === 1 ? 1 : 4)),
      `{"batch":[{"type":"track","properties":${open.repeat(60_000)}`,
    ]) {
      expect(await post(body)).toBe(400)
    }
    const closed =
      open === '[' ? `${'['.repeat(200_000)}${']'.repeat(200_000)}` : `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}`
    expect(await post(closed)).toBe(400)
    expect(collector.requests().at(-1)?.reason).toBe('nested too deep: at most 1000 levels')
    expect(await post(gzipSync(closed), { 'content-encoding': 'gzip' })).toBe(400)
    await isFine()
  })

  it('with brackets in text does not count as nested', async () => {
    const text = `${'{['.repeat(2000)}\\"${'['.repeat(2000)}\\\\`
    expect(await post(`{"batch":[{"type":"track","userId":"u","event":"${text}"}],"sentAt":"2026-01-01"}`)).toBe(200)
  })

  it.each([
    ['250,000 things that are not events', `{"batch":[${'0,'.repeat(240_000)}0]}`],
    ['30,000 small events', `{"batch":[${'{"type":"page"},'.repeat(30_000)}{"type":"page"}]}`],
    [
      'keys of prototypes',
      '{"__proto__":{"a":1},"batch":[{"type":"track","__proto__":{"type":"x"},"constructor":{"prototype":1},"toString":1}]}',
    ],
    [
      'fields of every wrong type',
      '{"batch":[{"type":"track","userId":{"toString":1},"event":[[]],"properties":7,"context":"x","timestamp":{},"messageId":[]}]}',
    ],
    ['an event that is an array', '{"batch":[[[]]]}'],
    ['half of a surrogate pair', '{"batch":[{"type":"track","event":"\\ud800","userId":"\\u0000"}]}'],
    ['a long name', `{"batch":[{"type":"track","userId":"u","event":"${'@.'.repeat(15_000)}"}]}`],
    [
      'the end of an event stream',
      '{"batch":[{"type":"track","userId":"u","event":"x\\n\\nevent: reset\\ndata: {}\\n\\n\\r\\r"}]}',
    ],
  ])('with %s breaks nothing', async (_name, body) => {
    expect([200, 400]).toContain(await post(body))
    await isFine()
    const lines = (await readLive()).split('\n').filter((line) => line.startsWith('event:'))
    expect(lines.filter((line) => line === 'event: reset')).toHaveLength(1)
  })

  it('from a client that does not speak HTTP, or stops midway, is harmless', async () => {
    for (const text of [
      '\u0000\u0001\u0002',
      `POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"ba`,
    ]) {
      const socket = connect(collector.port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(text)
      socket.destroy()
    }
    await isFine()
  })

  it("with a path outside the page's folder finds nothing", async () => {
    for (const path of [
      '/_/page/../package.json',
      '/_/page/%2e%2e/package.json',
      '/_/page/..%2fpackage.json',
      '/analytics-next/bundles/..%2f..%2fpackage.json',
    ]) {
      expect([400, 403, 404]).toContain(await send(path, {}, 'GET'))
    }
  })

  it('is kept only up to the limit, whatever its size', async () => {
    for (let count = 0; count < 150; count++) {
      await post(`{"batch":[{"type":"track","userId":"u","event":"E${count}","messageId":"keep-${count}"}]}`)
    }
    expect(collector.events()).toHaveLength(100)
    expect(collector.requests()).toHaveLength(100)
    const text = await readLive()
    expect(text.match(/"json":/g)).toHaveLength(100)
    expect(text).toContain('"name":"E149"')
    expect(text).not.toContain('"name":"E49"')
  })

  it('has its ids counted by their kept size, not their compressed one', () => {
    const store = new Store({ maxBytes: 1_000_000 })
    const row = {
      method: 'POST',
      path: '/v1/batch',
      headers: {},
      retryCount: 0,
      eventCount: 1,
      bytes: 500,
      encoding: 'gzip',
    }
    for (let count = 0; count < 10; count++) store.addRequest({ ...row, messageIds: ['m'.repeat(400_000)] })
    for (let count = 0; count < 10; count++) store.addRequest({ ...row, messageIds: [], writeKey: 'k'.repeat(400_000) })
    expect(store.requests()).toHaveLength(2)
  })

  it('with an enormous write key is rejected', async () => {
    expect(await post(JSON.stringify({ writeKey: 'k'.repeat(400_000), batch: [] }))).toBe(400)
    const body = JSON.stringify({ writeKey: 'k'.repeat(400_000), type: 'track', event: 'A', userId: 'u' })
    expect(await send('/v1/t', { 'content-type': 'text/plain' }, 'POST', body)).toBe(400)
    expect(collector.requests().at(-1)?.reason).toBe('writeKey: must have at most 1000 characters')
  })

  it('that repeats an id endlessly lists only the first request and the latest ones', async () => {
    for (let count = 0; count < 130; count++) {
      await post('{"batch":[{"type":"track","userId":"u","event":"Again","messageId":"again"}],"sentAt":"2026-01-01"}')
    }
    const [, attempts = ''] = /"attempts":\[([\d,]+)\],"type":"track","name":"Again"/.exec(await readLive()) ?? []
    const indexes = attempts.split(',').map(Number)
    expect(indexes).toHaveLength(100)
    const [first = 0, second = 0] = indexes
    expect([second - first, (indexes.at(-1) ?? 0) - first]).toEqual([31, 129])
  })
})

describe('credentials', () => {
  it('appear neither on the page nor in a recording', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'))
    const record = join(folder, 'events.ndjson')
    const recording = await startCollector({ page: true, record })
    const event = { type: 'track', event: 'A', userId: 'u', messageId: 'm1', writeKey: 'a-write-key' }
    await fetch(`${recording.url}/v1/t`, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain',
        authorization: AUTHORIZATION,
        cookie: 'session=s3cret',
        'x-api-key': 's3cret',
      },
      body: JSON.stringify(event),
    })
    const seen = await fetch(`${recording.url}/_/live`)
    const chunks: string[] = []
    for await (const chunk of seen.body ?? []) {
      chunks.push(Buffer.from(chunk).toString())
      if (chunks.join('').includes('event: complete')) break
    }
    await recording.close()
    for (const text of [chunks.join(''), await readFile(record, 'utf8')]) {
      expect(text).toContain('a-wr…')
      for (const secret of ['a-write-key', 's3cret', btoa('a-write-key:')]) expect(text).not.toContain(secret)
    }
    await rm(folder, { recursive: true })
  })

  it('are masked under all their names, and a key wherever it appears', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'))
    const record = join(folder, 'events.ndjson')
    const recording = await startCollector({ page: true, record })
    const json = { 'content-type': 'application/json' }
    const names = [
      'x-auth-token',
      'api-key',
      'x-goog-api-key',
      'x-amz-security-token',
      'cf-access-client-secret',
      'x-csrf-token',
    ]
    const headers = {
      ...json,
      authorization: 'a-s3cret or-two',
      ...Object.fromEntries(names.map((name) => [name, 's3cret'])),
    }
    const batch = (writeKey: unknown) =>
      JSON.stringify({ batch: [{ type: 'track', event: 'A', userId: 'u', writeKey }] })
    await fetch(`${recording.url}/v1/batch`, { method: 'POST', headers, body: batch('a-s3cret-key') })
    await fetch(`${recording.url}/v1/batch`, { method: 'POST', headers: json, body: batch(['s3cret']) })
    await fetch(`${recording.url}/v1/projects/a-s3cret-key/x?token=s3cret`)
    await fetch(`${recording.url}/analytics.js/v1/a-s3cret-key/x.js`)
    const page = await readLive(recording)
    await recording.close()
    for (const text of [page, await readFile(record, 'utf8')]) {
      expect(text).toContain('"x-auth-token":"(hidden)"')
      expect(text).toContain('/v1/projects/a-s3…/x')
      expect(text).not.toContain('s3cret')
    }
    await rm(folder, { recursive: true })
  })
})

async function readRows(file: string): Promise<{ status: unknown; durationMs?: unknown }[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line).request)
}

/** On Linux. */
async function listOpenFiles(): Promise<string[]> {
  const names = await readdir('/proc/self/fd').catch(() => [])
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
}

describe('a recording', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recording-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('shows attempts, rejections, problems and duplicates again', async () => {
    const record = join(folder, 'all.ndjson')
    const first = await startCollector({ page: true, record, faults: [{ status: 503, times: 1 }] })
    const body = JSON.stringify({ batch: [{ type: 'track', event: 'A', userId: 'u', messageId: 'm1' }] })
    const headers = { 'content-type': 'application/json', authorization: AUTHORIZATION }
    for (let count = 0; count < 3; count++) await fetch(`${first.url}/v1/batch`, { method: 'POST', headers, body })
    await fetch(`${first.url}/v1/nowhere`)
    const before = first.requests().map(({ writeKey: _key, ...row }) => row)
    const events = first.events()
    await first.close()

    const second = await startCollector({ page: true, replay: record })
    expect(second.requests().map(({ writeKey: _key, ...row }) => row)).toEqual(before)
    expect(second.events().map(({ event, problems, duplicate }) => [event, problems, duplicate])).toEqual(
      events.map(({ event, problems, duplicate }) => [event, problems, duplicate]),
    )
    await second.close()
  })

  it.each([
    ['{"requests":', 'JSON'],
    ['no JSON', 'JSON'],
    ['[]', 'it must be an object'],
    ['{"request":{},"events":[],"problems":[],"isAccepted":true}', 'request.at must be a string'],
    [
      '{"request":{"at":"","method":"","path":"","headers":{},"bytes":1,"messageIds":[]},"events":[1],"problems":[],"isAccepted":true}',
      'events[0] must be an event',
    ],
    [
      '{"request":{"at":"","method":"","path":"","headers":{},"bytes":1,"messageIds":[],"writeKey":5},"events":[],"problems":[],"isAccepted":true}',
      'request.writeKey must be a string',
    ],
    [
      '{"request":{"at":"","method":"","path":"","headers":{},"bytes":1,"messageIds":[],"clientId":{}},"events":[],"problems":[],"isAccepted":true}',
      'request.clientId must be a string',
    ],
  ])('of %s is rejected, with its line', async (line, reason) => {
    const file = join(folder, 'broken.ndjson')
    await writeFile(file, `\n${line}\n`)
    await expect(startCollector({ replay: file })).rejects.toThrow(`${file}:2 is no line of a recording: `)
    await expect(startCollector({ replay: file })).rejects.toThrow(reason)
  })

  it('has every request when close() is done, in its final state, and no file stays open', async () => {
    const record = join(folder, 'closed.ndjson')
    const recording = await startCollector({ record, faults: [{ hang: true, requests: [0] }, { delayMs: 600_000 }] })
    const sent = [0, 1].map(() => fetch(`${recording.url}/v1/track`, { method: 'POST' }).catch(() => {}))
    await vi.waitFor(() => expect(recording.requests()).toHaveLength(2))
    await Promise.all([
      recording.close(),
      recording.close().then(async () => expect(await readRows(record)).toHaveLength(2)),
    ])
    await Promise.all(sent)
    expect((await readRows(record)).map(({ status }) => status).toSorted()).toEqual(['aborted', 'hang'])
    expect((await readRows(record)).every(({ durationMs }) => typeof durationMs === 'number')).toBe(true)
    // The collector does not start, because the port is taken.
    await expect(startCollector({ record, port: collector.port })).rejects.toThrow('EADDRINUSE')
    expect(await listOpenFiles()).not.toContain(record)
  })

  it('starts on a new line if a crash has cut the last one', async () => {
    const record = join(folder, 'cut.ndjson')
    await writeFile(record, '{"request":{"at"')
    const recording = await startCollector({ record })
    await fetch(`${recording.url}/v1/track`, { method: 'POST' })
    await recording.close()
    const [cut, whole] = (await readFile(record, 'utf8')).split('\n')
    expect(cut).toBe('{"request":{"at"')
    expect(JSON.parse(whole ?? '')).toMatchObject({ request: { path: '/v1/track' } })
  })

  it('that was cut off and continued is replayed without the cut line, which is named', async () => {
    const record = join(folder, 'continued.ndjson')
    const send = async () => {
      const recording = await startCollector({ record })
      await fetch(`${recording.url}/v1/track`, { method: 'POST' })
      await recording.close()
    }
    await send()
    const whole = await readFile(record, 'utf8')
    await writeFile(record, whole + whole.slice(0, 40))
    await send()
    await writeFile(record, (await readFile(record, 'utf8')) + whole.slice(0, 3))
    const complain = vi.spyOn(console, 'error').mockReturnValue()
    try {
      const replayed = await startCollector({ replay: record })
      expect(replayed.requests()).toHaveLength(2)
      await replayed.close()
      expect(complain.mock.calls.flat()).toEqual([
        `collector: ${record}:2 is left out: it was cut off while it was written`,
        `collector: ${record}:4 is left out: it was cut off while it was written`,
      ])
    } finally {
      complain.mockRestore()
    }
  })

  it('that is missing or cannot be written fails at startup', async () => {
    await expect(startCollector({ replay: join(folder, 'none') })).rejects.toThrow('ENOENT')
    await expect(startCollector({ record: join(folder, 'none', 'file') })).rejects.toThrow('ENOENT')
  })
})

it('a poison event is a single one: requests without it are accepted', async () => {
  const poisoned = await startCollector()
  poisoned.fail({ poison: true })
  const event = (messageId: string) => ({ type: 'track', event: 'A', userId: 'u', messageId })
  const statuses: number[] = []
  for (const ids of [['a', 'b'], ['b'], ['a'], ['c', 'a']]) {
    const headers = { 'content-type': 'application/json', authorization: AUTHORIZATION }
    const body = JSON.stringify({ batch: ids.map(event), sentAt: '2026-01-01' })
    statuses.push((await fetch(`${poisoned.url}/v1/batch`, { method: 'POST', headers, body })).status)
  }
  expect(statuses).toEqual([400, 200, 400, 400])
  expect(() => poisoned.fail({ poison: true, status: 500 })).toThrow('fault.status: not allowed together with poison')
  await poisoned.close()
})
