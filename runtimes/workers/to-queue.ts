import { createHandOver, type HandOver, ValidationError } from '../../src/index.ts'

/** The part of a queue's binding that a hand-over needs; `Queue` fits. */
export interface EventQueue {
  sendBatch(messages: Iterable<{ body: string; contentType: 'text' }>): Promise<unknown>
}

/**
 * Cloudflare allows 128,000 bytes per message, about a hundred of them for its own use, and 256 KB and a hundred
 * messages per call.
 */
const LIMITS = { maxBytes: 127_500, maxCallBytes: 255_000, maxCount: 100 }

/**
 * Creates the target of the setting `handOver` for a queue of Cloudflare, which `consumeQueue` consumes.
 *
 * @throws ValidationError if the queue is missing: a binding that is not in the configuration is undefined
 * @example
 * import { type EventQueue, toQueue, withAnalytics } from 'analytics-edge/workers'
 *
 * interface Env {
 *   SEGMENT_WRITE_KEY: string
 *   EVENTS: EventQueue
 * }
 *
 * export default withAnalytics(
 *   (env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY, handOver: { to: toQueue(env.EVENTS), when: 'always' } }),
 *   { fetch: async () => new Response('ok') },
 * )
 */
export function toQueue(queue: EventQueue): HandOver {
  if (typeof queue?.sendBatch !== 'function') {
    throw new ValidationError(
      'queue',
      'must be the binding of a queue (queues.producers in the wrangler configuration)',
    )
  }
  return createHandOver({
    ...LIMITS,
    put: (messages) => queue.sendBatch(messages.map(({ body }) => ({ body, contentType: 'text' }))),
  })
}
