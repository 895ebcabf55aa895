import { describe, expect, it } from 'vitest'
import type { HTTPRequestEvent, HTTPResponseEvent } from '../../../src/index.ts'
import { createClient, openCollector, WRITE_KEY } from '../../support/client.ts'

const collector = await openCollector()

const A = { userId: 'u1', event: 'A', messageId: 'm-1' }

describe('http_request and http_response', () => {
  it('show each attempt, with credentials redacted', async () => {
    collector.fail({ status: 503, statusText: 'Busy', headers: { 'X-Request-Id': 'r1' }, times: 1 })
    const client = createClient(collector)
    const requests: HTTPRequestEvent[] = []
    const responses: HTTPResponseEvent[] = []
    client.on('http_request', (request) => requests.push(request))
    client.on('http_response', (response) => responses.push(response))
    await client.track(A)

    const url = `${collector.url}/v1/batch`
    expect(requests.map(({ headers }) => headers['X-Retry-Count'])).toEqual([undefined, '1'])
    for (const { headers, body, ...others } of requests) {
      expect(others).toEqual({ url, method: 'POST' })
      expect(headers).toMatchObject({ 'Content-Type': 'application/json', Authorization: '[redacted]' })
      expect(JSON.parse(body)).toMatchObject({ batch: [collector.events()[0]?.event], writeKey: '[redacted]' })
    }
    expect(responses).toMatchObject([
      { url, status: 503, statusText: 'Busy', headers: { 'x-request-id': 'r1' } },
      { url, status: 200, statusText: 'OK', body: '{"success":true}' },
    ])
    const everything = JSON.stringify([requests, responses])
    expect(everything).not.toContain(WRITE_KEY)
    expect(everything).not.toContain(Buffer.from(WRITE_KEY).toString('base64').slice(0, -2))
    expect(collector.requests()[0]?.writeKey).toBe(WRITE_KEY)
  })

  it('cannot be used to change the request', async () => {
    const client = createClient(collector)
    client.on('http_request', (request) => {
      Object.assign(request.headers, { Authorization: 'Basic changed', 'X-Changed': '1' })
      Object.assign(request, { url: 'http://changed.test', body: '' })
    })
    expect((await client.track(A)).status).toBe('delivered')
    expect(collector.requests()[0]?.headers).not.toHaveProperty('x-changed')
  })
})
