import { describe, expect, it } from 'vitest'
import { DeliveryQueue } from '../../../src/delivery/queue.ts'
import { buildTrack } from '../../../src/events/build.ts'
import { openCollector, receivedNames, WRITE_KEY } from '../../support/client.ts'
import { createQueueDeps } from '../../support/queue-parts.ts'

const collector = await openCollector()

describe('the queues of a client', () => {
  it('are kept only while events are pending, so that scopes leave nothing behind', async () => {
    const deps = createQueueDeps(WRITE_KEY, collector.url)
    const queues = [1, 2, 3].map(() => new DeliveryQueue(deps, { timeoutMs: 5000, settings: deps.settings }))
    expect(deps.live.size).toBe(0)
    for (const queue of queues) queue.add(buildTrack({ userId: 'u1', event: 'A' }, {}), undefined)
    expect([...deps.live]).toEqual(queues)
    await Promise.all(queues.map((queue) => queue.flush()))
    expect(deps.live.size).toBe(0)
    expect(receivedNames(collector)).toEqual(['A', 'A', 'A'])
  })
})
