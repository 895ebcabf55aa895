import { expect, it, vi } from 'vitest'
import { consumeSqs } from '../../../runtimes/lambda/index.ts'
import { createClient, openCollector, rest } from '../../support/client.ts'
import { createMemoryQueue } from '../../support/memory-queue.ts'

const collector = await openCollector()

it('leaves the runtime half of the margin, even if changing the visibility of many messages takes longer', async () => {
  const { to, bodies } = createMemoryQueue()
  await createClient(collector, { handOver: { to, when: 'always' } }).track({ userId: 'u1', event: 'A' })
  const [body = ''] = bodies
  collector.fail({ status: 429, headers: { 'retry-after': '60' } })
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  const changeVisibility = vi.fn(() => rest(100).then(() => ({})))
  const handler = consumeSqs(createClient(collector), {
    margin: 2_000,
    queue: { queueUrl: 'http://127.0.0.1/1/events', changeVisibility },
  })
  const Records = Array.from({ length: 300 }, (_, index) => ({ messageId: `${index}`, receiptHandle: 'r', body }))
  const endMs = performance.now() + 2_500
  // The cast: the consumer looks at no more of it.
  const context = { getRemainingTimeInMillis: () => endMs - performance.now() } as Parameters<typeof handler>[1]
  const { batchItemFailures } = await handler({ Records }, context)
  expect(performance.now()).toBeLessThan(endMs)
  expect(batchItemFailures).toHaveLength(300)
  const callCount = changeVisibility.mock.calls.length
  expect(callCount).toBeGreaterThan(0)
  expect(errors.mock.calls.flat().join()).toContain('visibility')
  // Nothing goes on in what is frozen.
  await rest(250)
  expect(changeVisibility.mock.calls.length).toBeLessThanOrEqual(callCount + 1)
})

it('reports what SQS rejects of a change of visibility', async () => {
  const { to, bodies } = createMemoryQueue()
  await createClient(collector, { handOver: { to, when: 'always' } }).track({ userId: 'u1', event: 'A' })
  collector.fail({ status: 429, headers: { 'retry-after': '60' } })
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
  const handler = consumeSqs(createClient(collector), {
    queue: {
      queueUrl: 'http://127.0.0.1/1/events',
      changeVisibility: async () => ({ Failed: [{ Id: '0', Code: 'ReceiptHandleIsInvalid', Message: 'expired' }] }),
    },
  })
  const record = { messageId: '0', receiptHandle: 'r', body: String(bodies[0]) }
  // The cast: the consumer looks at no more of it.
  const response = await handler({ Records: [record] }, {} as Parameters<typeof handler>[1])
  expect(response.batchItemFailures).toEqual([{ itemIdentifier: '0' }])
  expect(errors.mock.calls.flat().join()).toContain('ReceiptHandleIsInvalid expired')
})
