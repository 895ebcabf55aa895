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
    name: 'httpClient: an object of one’s own, whose answers have no more than a status',
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
      equal((await client.track({ userId: 'u1', event: 'E' })).failedDelivery(), undefined, 'failedDelivery()')
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
    name: 'httpClient: one that throws, at once or later, is a network error; one that answers nonsense a bad response',
    async run({ lib, createClient }) {
      const mistake = new Error('no proxy')
      const codeOf = async (httpClient: () => Promise<HTTPResponse>) => {
        const context = await createClient({ httpClient, maxRetries: 0 }).track({ userId: 'u1', event: 'E' })
        const { code, cause } = failureOf(lib, context)
        return [code, cause === mistake]
      }
      const throwNow = () => {
        throw mistake
      }
      equal(await codeOf(throwNow), ['ERR_NETWORK', true], 'thrown at once')
      equal(await codeOf(() => Promise.reject(mistake)), ['ERR_NETWORK', true], 'rejected')
      // Casts: clients in plain JavaScript answer whatever they like.
      equal(await codeOf(async () => undefined as never), ['ERR_BAD_RESPONSE', false], 'undefined')
      equal(await codeOf(async () => ({ status: '200' }) as never), ['ERR_BAD_RESPONSE', false], 'a status as text')
    },
  },
  {
    name: 'httpClient: one that never answers and ignores its signal is given up at httpRequestTimeout',
    async run({ lib, createClient }) {
      const httpClient = () => new Promise<never>(() => {})
      const client = createClient({ httpClient, maxRetries: 0, httpRequestTimeout: 50 })
      equal(failureOf(lib, await client.track({ userId: 'u1', event: 'E' })).code, 'ERR_TIMEOUT')
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
    name: 'http_request and http_response show each request and answer, without credentials',
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
    name: 'http_request: a listener that changes what it sees does not change what is sent',
    async run({ createClient, collector }) {
      const client = createClient()
      client.on('http_request', (request) => {
        request.headers.Authorization = 'Basic nonsense'
        request.headers['Content-Type'] = 'text/plain'
        request.body = '{}'
      })
      equal((await client.track({ userId: 'u1', event: 'E' })).failedDelivery(), undefined, 'failedDelivery()')
      equal(await receivedNames(collector), ['E'])
    },
  },
  {
    name: 'requests say who sent them: JSON, Basic, and a User-Agent where the runtime allows one',
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
      equal((await client.track({ userId: 'u1', event: text })).failedDelivery(), undefined, 'failedDelivery()')
      equal(await receivedNames(collector), [text])
      const { encoding, bytes } = only(await collector.requests(), 'requests')
      equal(encoding, 'gzip')
      ok(bytes < 1000, `${bytes} bytes are less than a quarter of the text`)
    },
  },
  {
    name: 'gzip: every event arrives, where a runtime cannot compress, too; retries and other headers are as ever',
    async run({ createClient, collector }) {
      await collector.fail({ status: 503, times: 1 })
      const client = createClient({ gzip: true, minRetryDelay: 1 })
      equal((await client.track({ userId: 'u1', event: 'E' })).failedDelivery(), undefined, 'failedDelivery()')
      equal(await receivedNames(collector), ['E'])
      const [first, second] = await collector.requests()
      equal(first?.encoding, second?.encoding, 'encoding of the retry')
      equal([second?.headers['x-retry-count'], second?.headers.authorization], ['1', 'Basic'])
    },
  },
]
