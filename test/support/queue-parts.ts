import { UnhandledFailures } from '../../src/delivery/outcome/unhandled-failures.ts'
import { BUILT_HERE, type DeliveryQueue, type QueueDeps } from '../../src/delivery/queue.ts'
import { QueuedEvent } from '../../src/delivery/queued-event.ts'
import { Sender } from '../../src/delivery/sender.ts'
import { Emitter } from '../../src/events/emitter.ts'
import { Redactor } from '../../src/http/redactor.ts'
import { Reporter } from '../../src/lib/reporter.ts'
import { Pipeline } from '../../src/plugins/pipeline.ts'
import { resolveSettings } from '../../src/settings/settings.ts'

/** What a client gives each of its queues. */
export function createQueueDeps(writeKey: string, host: string): QueueDeps & { live: Set<DeliveryQueue> } {
  const settings = resolveSettings({ writeKey, host })
  const redactor = new Redactor(writeKey)
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

/** A `track` that has been accepted, for code that reads at most the index of its generation. */
export function createQueuedEvent(json = '', index = 0): QueuedEvent {
  // The cast: a whole one belongs to a tracker.
  const event = new QueuedEvent('track', undefined, { index } as QueuedEvent['generation'], BUILT_HERE)
  event.json = json
  return event
}
