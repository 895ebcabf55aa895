import type {
  HTTPClientRequest,
  HTTPFetchRequest,
  HTTPRequestEvent,
  HTTPResponse,
  HTTPResponseEvent,
} from '../../../dist/index.js'
import { equal, ok, only } from '../assert.ts'
import { type Case, createGate, failureOf, receivedNames } from '../case.ts'

export const httpClientCases: Case[] = [
  {
    name: 'httpClient: a function like fetch makes the requests',
    async run({ createClient, collector }) {
      const seen: [string, HTTPFetchRequest][] = []
      const httpClient = (url: string, init: HTTPFetchRequest) => {
        seen.push([url, init])
        return fetch(url, { ...init, headers: { ...init.headers, 'X-Own': 'yes' } })
      }
      await createClient({ httpClient }).track({ userId: 'u1', event: 'E' })
      const [url, init] = only(seen, 'calls')
      equal([url, init.method, init.redirect], [`${collector.url}/v1/batch`, 'POST', 'manual'])
      equal(init.headers['Content-Type'], 'application/json')
      ok(init.signal instanceof AbortSignal, 'it gets an AbortSignal')
      equal(JSON.parse(init.body).writeKey, collector.writeKey, 'writeKey in the body')
      equal(only(await collector.requests()).headers['x-own'], 'yes')
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'httpClient: a subclass of FetchHTTPClient adds a header',
    async run({ lib, createClient, collector }) {
      class OwnClient extends lib.FetchHTTPClient {
        override makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
          return super.makeRequest({ ...request, headers: { ...request.headers, foo: 'bar' } })
        }
      }
      await createClient({ httpClient: new OwnClient() }).track({ userId: 'u1', event: 'E' })
      equal(only(await collector.requests()).headers.foo, 'bar')
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'httpClient: a custom object may answer with a status alone',
    async run({ createClient, collector }) {
      const requests: HTTPClientRequest[] = []
      const answers: HTTPResponse[] = [
        { status: 429, statusText: 'Slow', headers: { 'Retry-After': '0' } },
        { status: 200, statusText: 'OK' },
      ]
      const httpClient = {
        makeRequest: async (request: HTTPClientRequest) => {
          requests.push(request)
          return answers.shift() ?? { status: 500, statusText: 'none left' }
        },
      }
      const client = createClient({ httpClient, maxRetries: 0, httpRequestTimeout: 1234 })
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal(
        requests.map(({ url, method, httpRequestTimeout, headers }) => [
          url,
          method,
          httpRequestTimeout,
          headers['X-Retry-Count'],
        ]),
        [
          [`${collector.url}/v1/batch`, 'POST', 1234, undefined],
          [`${collector.url}/v1/batch`, 'POST', 1234, '1'],
        ],
      )
    },
  },
  {
    name: 'httpClient: what it throws, at once or later, is a network error in its words; nonsense is a bad response',
    async run({ lib, createClient }) {
      const mistake = new Error('no proxy')
      const codeOf = async (httpClient: () => Promise<HTTPResponse>) => {
        const client = createClient({ httpClient, maxRetries: 0 })
        const { code, cause } = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
        return [code, cause instanceof Error && cause !== mistake && cause.message]
      }
      const throwNow = () => {
        throw mistake
      }
      equal(await codeOf(throwNow), ['ERR_NETWORK', 'no proxy'], 'thrown at once')
      equal(await codeOf(() => Promise.reject(mistake)), ['ERR_NETWORK', 'no proxy'], 'rejected')
      // Casts: clients in plain JavaScript answer whatever they like.
      equal(await codeOf(async () => undefined as never), ['ERR_BAD_RESPONSE', false], 'undefined')
      equal(await codeOf(async () => ({ status: '200' }) as never), ['ERR_BAD_RESPONSE', false], 'a status as text')
    },
  },
  {
    name: 'httpClient: an error with a response, as axios throws, counts as that response',
    async run({ lib, createClient, collector }) {
      // What axios throws has the request in it, credentials included.
      const answer = (status: number, headers: Record<string, string>, data: unknown) => {
        const config = { headers: { Authorization: `Basic ${btoa(`${collector.writeKey}:`)}` } }
        const message = `Request failed with status code ${status}`
        return Object.assign(new Error(message), { config, response: { status, statusText: 'No', headers, data } })
      }
      const errors = [answer(429, { 'retry-after': '1' }, ''), answer(400, {}, { reason: 'not this one' })]
      const times: number[] = []
      const httpClient = {
        makeRequest: async (): Promise<HTTPResponse> => {
          times.push(Date.now())
          throw errors.shift() ?? new Error('asked too often')
        },
      }
      const client = createClient({ httpClient, maxRetries: 0 })
      const { code, status, answer: said, ...others } = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      equal([code, status, said], ['ERR_HTTP_STATUS', 400, '{"reason":"not this one"}'])
      const [firstMs = 0, secondMs = 0, ...more] = times
      ok(secondMs - firstMs >= 950, `the second try came after ${secondMs - firstMs} ms`)
      equal(more, [], 'further requests')
      ok(!JSON.stringify(others).includes(btoa(`${collector.writeKey}:`)), 'nothing of its configuration is kept')
    },
  },
  {
    name: "httpClient: an error that carries the client's configuration is kept as text, without the write key",
    async run({ lib, createClient, collector }) {
      const { writeKey } = collector
      const error = Object.assign(new TypeError(`cannot post ${writeKey}`), { config: { writeKey } })
      const httpClient = () => Promise.reject(error)
      const reason = await failureOf(
        lib,
        createClient({ httpClient, maxRetries: 0 }).track({ userId: 'u1', event: 'E' }),
      )
      const { cause } = reason
      ok(cause instanceof Error, `the cause ${String(cause)} is an Error`)
      equal(['config' in cause, cause.message.includes('[redacted]')], [false, true])
      ok(!`${reason.message}${reason.stack}${cause.message}${cause.stack}`.includes(writeKey), 'no write key')
    },
  },
  ...[0, 100, 199].map(
    (status): Case => ({
      name: `httpClient: a status of ${status} is retried as a network failure`,
      async run({ lib, createClient, collector }) {
        let isFirst = true
        const httpClient = {
          makeRequest: async ({ url, method, headers, body, signal }: HTTPClientRequest): Promise<HTTPResponse> => {
            if (!isFirst) return fetch(url, { method, headers, body, signal })
            isFirst = false
            return { status, statusText: '' }
          },
        }
        const { status: end, attempts } = await createClient({ httpClient }).track({ userId: 'u1', event: 'E' })
        equal([end, attempts], ['delivered', 2])
        equal(only(await collector.requests(), 'requests').retryCount, 1, 'X-Retry-Count')

        const silent = { makeRequest: async (): Promise<HTTPResponse> => ({ status, statusText: '' }) }
        const client = createClient({ httpClient: silent, maxRetries: 1 })
        equal((await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))).code, 'ERR_NETWORK')
      },
    }),
  ),
  {
    name: 'httpClient: one that never answers and ignores its signal is abandoned at httpRequestTimeout',
    async run({ lib, createClient }) {
      const httpClient = () => new Promise<never>(() => {})
      const client = createClient({ httpClient, maxRetries: 0, httpRequestTimeout: 50 })
      equal((await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))).code, 'ERR_TIMEOUT')
    },
  },
  {
    name: 'httpClient: its signal aborts at the deadline of a flush',
    async run({ createClient }) {
      const aborted = createGate()
      const httpClient = (_url: string, { signal }: HTTPFetchRequest) => {
        signal.addEventListener('abort', aborted.open)
        return new Promise<never>(() => {})
      }
      const client = createClient({ httpClient, httpRequestTimeout: 600_000 })
      client.track({ userId: 'u1', event: 'E' })
      equal(await client.flush({ timeout: 50 }), { delivered: 0, failed: 1 })
      await aborted.promise
    },
  },
  {
    name: 'http_request and http_response show each request and response, without credentials',
    async run({ createClient, collector }) {
      await collector.fail({ status: 500, times: 1, body: 'try again', headers: { 'X-Request-Id': 'r1' } })
      const client = createClient()
      const requests: HTTPRequestEvent[] = []
      const responses: HTTPResponseEvent[] = []
      client.on('http_request', (request) => requests.push(request))
      client.on('http_response', (response) => responses.push(response))
      await client.track({ userId: 'u1', event: 'E' })

      const url = `${collector.url}/v1/batch`
      equal(
        requests.map((request) => [request.url, request.method, request.headers['X-Retry-Count']]),
        [
          [url, 'POST', undefined],
          [url, 'POST', '1'],
        ],
      )
      equal(
        requests.map(({ body }) => JSON.parse(body).batch[0].event),
        ['E', 'E'],
        'bodies',
      )
      equal(
        responses.map((response) => [response.url, response.status, response.body]),
        [
          [url, 500, 'try again'],
          [url, 200, '{"success":true}'],
        ],
      )
      equal(responses[0]?.headers['x-request-id'], 'r1')
      const shown = JSON.stringify([requests, responses])
      for (const secret of [collector.writeKey, btoa(`${collector.writeKey}:`), btoa(collector.writeKey)]) {
        ok(!shown.includes(secret), `what listeners see does not hold '${secret}'`)
      }
    },
  },
  {
    name: 'a write key that the server echoes is redacted in http_response and reason.answer',
    async run({ lib, createClient, collector }) {
      const { writeKey } = collector
      const secrets = [writeKey, btoa(`${writeKey}:`)]
      const body = { message: `key ${secrets[0]}, Authorization: Basic ${secrets[1]}` }
      await collector.fail({ status: 400, statusText: `no ${writeKey}`, headers: { 'X-Echo': writeKey }, body })
      const client = createClient()
      const responses: HTTPResponseEvent[] = []
      client.on('http_response', (response) => responses.push(response))
      const reason = await failureOf(lib, client.track({ userId: 'u1', event: 'E' }))
      const answer = '{"message":"key [redacted], Authorization: Basic [redacted]"}'
      equal(reason.answer, answer, 'reason.answer')
      const response = only(responses, 'responses')
      equal([response.body, response.headers['x-echo']], [answer, '[redacted]'], 'http_response')
      const { message, stack = '' } = reason
      for (const shown of [message, stack, JSON.stringify(response)]) {
        for (const secret of secrets) ok(!shown.includes(secret), `'${shown}' does not hold '${secret}'`)
      }
    },
  },
  {
    name: 'reason.answer is the start of the response, at most 300 characters',
    async run({ lib, createClient, collector }) {
      await collector.fail({ status: 400, body: 'x'.repeat(100_000) })
      const { answer } = await failureOf(lib, createClient().track({ userId: 'u1', event: 'E' }))
      equal(answer, 'x'.repeat(300))
    },
  },
  {
    name: 'http_request: a listener cannot change what is sent',
    async run({ createClient, collector }) {
      const client = createClient()
      client.on('http_request', (request) => {
        request.headers.Authorization = 'Basic nonsense'
        request.headers['Content-Type'] = 'text/plain'
        request.body = '{}'
      })
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'requests carry JSON, Basic credentials, and a User-Agent if the runtime allows one',
    async run({ createClient, collector }) {
      const client = createClient()
      await client.track({ userId: 'u1', event: 'E' })
      const { method, headers, sentAt = '' } = only(await collector.requests(), 'requests')
      equal([method, headers.authorization], ['POST', 'Basic'])
      ok(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(sentAt), `sentAt '${sentAt}' has milliseconds`)
      ok(Math.abs(Date.now() - Date.parse(sentAt)) < 60_000, `sentAt '${sentAt}' is now`)
      ok(/^application\/json(;|$)/.test(headers['content-type'] ?? ''), `Content-Type is ${headers['content-type']}`)
      equal(headers['user-agent'], `analytics-edge/${client.VERSION}`, 'User-Agent')
    },
  },
  {
    name: 'gzip: requests are compressed',
    async run({ createClient, collector }) {
      const client = createClient({ gzip: true })
      const text = 'Zürich, '.repeat(500)
      equal((await client.track({ userId: 'u1', event: text })).status, 'delivered')
      equal(await receivedNames(collector), [text])
      const { encoding, bytes } = only(await collector.requests(), 'requests')
      equal(encoding, 'gzip')
      ok(bytes < 1000, `${bytes} bytes are less than a quarter of the text`)
    },
  },
  {
    name: 'gzip: every event arrives, even if the runtime cannot compress; retries and other headers are unchanged',
    async run({ createClient, collector }) {
      await collector.fail({ status: 503, times: 1 })
      const client = createClient({ gzip: true, minRetryDelay: 1 })
      equal((await client.track({ userId: 'u1', event: 'E' })).status, 'delivered')
      equal(await receivedNames(collector), ['E'])
      const [first, second] = await collector.requests()
      equal(first?.encoding, second?.encoding, 'encoding of the retry')
      equal([second?.headers['x-retry-count'], second?.headers.authorization], ['1', 'Basic'])
    },
  },
]
