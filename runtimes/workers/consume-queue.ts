import {
  type ClientSource,
  checkMilliseconds,
  checkOptions,
  choice,
  consumeMessages,
  createClientLookup,
  throwInvalid,
  toClient,
} from '../../src/kit/index.ts'
import type { HostBatch, HostEnv } from './host-types.ts'

export interface ConsumeQueueOptions {
  /**
   * Milliseconds that a batch of messages may take: 1 to 900000, because Cloudflare stops it after 15 minutes.
   * @default 25000
   */
  timeout?: number | undefined
  /**
   * Whether to run the plugins on the events. The producer has already run its own.
   * @default false
   */
  plugins?: boolean | undefined
  /**
   * Seconds until an undelivered message is redelivered, if the API asks for no pause: 0 to 3600. The delay doubles each time, up
   * to an hour.
   * @default 10
   */
  retryDelay?: number | undefined
}

/** Cloudflare's limits. */
const MAX_INVOCATION_MS = 900_000
const MAX_DELAY_SECONDS = 43_200
const MAX_OWN_DELAY_SECONDS = 3_600
const DEFAULT_TIMEOUT_MS = 25_000
const DEFAULT_RETRY_SECONDS = 10

// Marked pure, so that a bundle that does not use it leaves the table out.
const CHECKS = {
  timeout: (name: string, timeout: unknown = DEFAULT_TIMEOUT_MS) => {
    const timeoutMs = checkMilliseconds(name, timeout)
    return timeoutMs <= MAX_INVOCATION_MS ? timeoutMs : throwInvalid(name, `at most ${MAX_INVOCATION_MS}`, timeout)
  },
  plugins: /* @__PURE__ */ choice(false, true),
  retryDelay: (name: string, seconds: unknown = DEFAULT_RETRY_SECONDS) => {
    const isAllowed = typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_OWN_DELAY_SECONDS
    return isAllowed ? seconds : throwInvalid(name, `a number of seconds from 0 to ${MAX_OWN_DELAY_SECONDS}`, seconds)
  },
}

/** The parts of a batch that are used, whatever types the user has. */
interface Batch {
  readonly messages: readonly {
    readonly id: string
    readonly body: unknown
    readonly attempts?: number
    ack(): void
    retry(options?: { delaySeconds?: number }): void
  }[]
}

/**
 * Creates a Worker's `queue` handler for messages of `toQueue`. The events of all messages of a batch are sent in full requests. A
 * message is acknowledged when each of its events is delivered, or permanently rejected and reported. Otherwise it is redelivered after the
 * pause that the API asked for, until the queue moves it to its dead-letter queue. The setting `handOver` does not apply;
 * `onUndelivered` applies only to events that are permanently rejected.
 *
 * @param source settings, a client, or a function that makes either from the Worker's `env`; called once per isolate
 * @throws ValidationError for wrong options, and for wrong settings unless a function makes them
 * @example
 * import { consumeQueue } from 'analytics-edge/workers'
 *
 * interface Env {
 *   SEGMENT_WRITE_KEY: string
 * }
 *
 * export default { queue: consumeQueue((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY })) }
 */
export function consumeQueue<Env = HostEnv>(
  source: ClientSource | ((env: Env) => ClientSource),
  options: ConsumeQueueOptions = {},
): (batch: HostBatch, env: Env, ctx?: unknown) => Promise<void> {
  const { timeout, plugins, retryDelay } = checkOptions<ConsumeQueueOptions, typeof CHECKS>(options, CHECKS)
  // At module scope, so that invalid settings keep the Worker from starting.
  const clientFor = createClientLookup(
    typeof source === 'function' ? source : toClient(source),
    'given to consumeQueue',
  )

  return async (batch, env) => {
    // The cast: the user's types may lack fields that every batch has.
    const { messages } = batch as unknown as Batch
    const { returned, pauseMs } = await consumeMessages(clientFor(env), messages, { timeoutMs: timeout, plugins })
    for (const [index, message] of messages.entries()) {
      if (!returned.has(index)) {
        message.ack()
        continue
      }
      const own = Math.min(retryDelay * 2 ** ((message.attempts ?? 1) - 1), MAX_OWN_DELAY_SECONDS)
      const asked = Math.ceil(pauseMs / 1000)
      message.retry({ delaySeconds: Math.min(Math.ceil(Math.max(own, asked)), MAX_DELAY_SECONDS) })
    }
  }
}
