import { createServer } from 'node:http'
import { afterAll, expect, it, vi } from 'vitest'
import { consumeMessages } from '../../../src/kit/index.ts'
import { registerApp } from '../../conformance/oauth-app.ts'
import { createClient, openCollector, recordErrors } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'

// A key that was rotated: the token server answers 400, which says nothing of the events.

const collector = await openCollector()
const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
const app = await registerApp(collector.url)
let askedCount = 0
const server = createServer((_, response) => {
  askedCount++
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
afterAll(() => void server.close())
// The cast: it listens to a port.
const { port } = server.address() as { port: number }
const oauthSettings = app.settings({ authServer: `http://127.0.0.1:${port}` })

it('hands over a single event, like several', async () => {
  const { to, bodies } = createMemoryQueue()
  const client = createClient(collector, { oauthSettings, handOver: { to } })
  expect(await client.track({ userId: 'u1', event: 'A' })).toMatchObject({ status: 'handed-over' })
  expect(bodies).toHaveLength(1)
})

it('returns all messages to the queue, and requests the token once', async () => {
  const { to, bodies } = createMemoryQueue()
  const producer = createClient(collector, { handOver: { to, when: 'always' } })
  for (const event of ['A', 'B', 'C']) await producer.track({ userId: 'u1', event })
  const client = createClient(collector, { oauthSettings })
  const failures = recordErrors(client)
  askedCount = 0
  const messages = bodies.map((body, index) => ({ id: `m${index}`, body }))
  const { returned } = await consumeMessages(client, messages, { timeoutMs: 5_000, plugins: false })
  expect([...returned]).toEqual([0, 1, 2])
  expect(askedCount).toBe(1)
  expect(failures).toEqual([])
  expect(errors).not.toHaveBeenCalled()
})
