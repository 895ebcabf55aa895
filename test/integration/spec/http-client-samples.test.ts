// The three samples of "Override the default HTTP Client", as they are written there, but for the import and the proxy's address.
import type { AddressInfo } from 'node:net'
import { Server } from 'proxy-chain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'
import { runSample } from './run-sample.ts'

let collector: Collector
let proxy: Server
const seenByProxy: { username: string; password: string; port: number }[] = []

beforeAll(async () => {
  collector = await startCollector()
  proxy = new Server({
    port: 0,
    host: '127.0.0.1',
    prepareRequestFunction: ({ username, password, port }) => {
      seenByProxy.push({ username, password, port: Number(port) })
      return { requestAuthentication: username !== 'user' || password !== 'pass' }
    },
  })
  await proxy.listen()
})
afterAll(() => Promise.all([proxy.close(true), collector.close()]))

const run = (code: string) => {
  collector.clear()
  return runSample(code, { COLLECTOR_URL: collector.url, USERS_URL: collector.url })
}

const TRACK = `
analytics.track({ userId: 'u1', event: 'E' })
console.log(JSON.stringify(await analytics.closeAndFlush()))
`
const DELIVERED = '{"delivered":1,"failed":0}\n'

test('a fetch-like function: axios through a proxy that asks for a password', async () => {
  // A server that listens on TCP has an AddressInfo; a string is for pipes.
  const { port } = proxy.server.address() as AddressInfo
  const { stdout } = await run(`
    import { Analytics, HTTPFetchFn } from 'analytics-edge'
    import axios from 'axios'

    const httpClient: HTTPFetchFn = async (url, { body, ...options }) =>
      axios({
        url,
        data: body,
        proxy: {
          protocol: 'http',
          host: '127.0.0.1',
          port: ${port},
          auth: {
            username: 'user',
            password: 'pass',
          },
         },
        ...options,
      })

    const analytics = new Analytics({
      writeKey: '<YOUR_WRITE_KEY>',
      host: '${collector.url}',
      httpClient,
    })
    analytics.on('http_response', ({ status, headers }) => console.log(status, headers['content-type']))
    ${TRACK}`)
  expect(stdout).toBe(`200 application/json; charset=utf-8\n${DELIVERED}`)
  expect(seenByProxy).toEqual([{ username: 'user', password: 'pass', port: collector.port }])
  expect(collector.events().map(({ event }) => event.event)).toEqual(['E'])
})

test('a subclass of FetchHTTPClient (with the sample’s stray brace removed)', async () => {
  const { stdout } = await run(`
    import { Analytics, FetchHTTPClient, HTTPClientRequest } from 'analytics-edge'

    class MyClient extends FetchHTTPClient {
      async makeRequest(options: HTTPClientRequest) {
        return super.makeRequest({
            ...options,
            headers: { ...options.headers, foo: 'bar' }
          })
      }
    }

    const analytics = new Analytics({
      writeKey: '<YOUR_WRITE_KEY>',
      httpClient: new MyClient()
    })
    ${TRACK}`)
  expect(stdout).toBe(DELIVERED)
  expect(collector.requests().map(({ headers }) => headers.foo)).toEqual(['bar'])
})

test('a full HTTPClient, which serialises the data itself (with the sample’s missing comma)', async () => {
  const { stdout } = await run(`
    import { Analytics, HTTPClient, HTTPClientRequest } from 'analytics-edge'
    const someRequestLibrary = fetch

    class CustomClient implements HTTPClient {
      async makeRequest(options: HTTPClientRequest) {
        return someRequestLibrary(options.url, {
          method: options.method,
          body: JSON.stringify(options.data), // serialize data
          headers: options.headers,
        })
      }
    }
    const analytics = new Analytics({
      writeKey: '<YOUR_WRITE_KEY>',
      httpClient: new CustomClient()
    })
    ${TRACK}`)
  expect(stdout).toBe(DELIVERED)
  expect(collector.events().map(({ event, problems }) => [event.event, problems])).toEqual([['E', []]])
})
