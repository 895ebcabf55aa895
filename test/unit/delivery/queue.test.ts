import { describe, expect, it } from 'vitest'
import { UnhandledFailures } from '../../../src/delivery/outcome/unhandled-failures.ts'
import { DeliveryQueue, type QueueDeps } from '../../../src/delivery/queue.ts'
import { Sender } from '../../../src/delivery/sender.ts'
import { buildTrack } from '../../../src/events/build.ts'
import { Emitter } from '../../../src/events/emitter.ts'
import { Redactor } from '../../../src/http/redactor.ts'
import { Reporter } from '../../../src/lib/reporter.ts'
import { Pipeline } from '../../../src/plugins/pipeline.ts'
import { resolveSettings } from '../../../src/settings/settings.ts'
import { openCollector, receivedNames, WRITE_KEY } from '../../support/client.ts'

const collector = await openCollector()

function createDeps(): QueueDeps & { live: Set<DeliveryQueue> } {
  const settings = resolveSettings({ writeKey: WRITE_KEY, host: collector.url })
  const redactor = new Redactor(WRITE_KEY)
  const reporter = new Reporter(redactor.redact)
  const emitter = new Emitter(reporter)
  return {
    settings,
    emitter,
    reporter,
    sender: new Sender(settings, emitter, redactor),
    plugins: new Pipeline<never>(settings.pluginTimeoutMs, () => {}),
    pendingQueueCount: 0,
    live: new Set(),
    unhandled: new UnhandledFailures(() => {}),
    onUnboundUse: () => {},
    isUnref: false,
    isClosed: false,
    isPrivate: false,
  }
}

describe('the queues of a client', () => {
  it('are kept only while events are pending, so that scopes leave nothing behind', async () => {
    const deps = createDeps()
    const queues = [1, 2, 3].map(() => new DeliveryQueue(deps, { timeoutMs: 5000, settings: deps.settings }))
    expect(deps.live.size).toBe(0)
    for (const queue of queues) queue.add(buildTrack({ userId: 'u1', event: 'A' }, {}), undefined)
    expect([...deps.live]).toEqual(queues)
    await Promise.all(queues.map((queue) => queue.flush()))
    expect(deps.live.size).toBe(0)
    expect(receivedNames(collector)).toEqual(['A', 'A', 'A'])
  })
})
