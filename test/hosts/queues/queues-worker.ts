// A producer and a consumer in one Worker: it takes requests, hands its events over, and consumes what comes out of the queue.
import { Analytics } from 'analytics-edge'
import { consumeQueue, type EventQueue, toQueue, type WorkersContext } from 'analytics-edge/workers'

interface Env {
  HOST: string
  MODE: 'always' | 'undelivered' | 'direct'
  EVENTS: EventQueue
}

let producer: Analytics | undefined
let consumer: Analytics | undefined

function createClient({ HOST, MODE, EVENTS }: Env): Analytics {
  const handOver = MODE === 'direct' ? undefined : { to: toQueue(EVENTS), when: MODE }
  return new Analytics({ writeKey: 'wk_queue', host: HOST, minRetryDelay: 20, maxRetries: 2, handOver })
}

function createConsumer({ HOST }: Env): Analytics {
  const client = new Analytics({ writeKey: 'wk_queue', host: HOST, minRetryDelay: 20, maxRetries: 2 })
  // To where the test can read it, whatever becomes of the Worker.
  client.on('error', ({ ctx }) => console.log(`REPORTED ${ctx.event.messageId}.`))
  return client
}

const consume = consumeQueue<Env>(
  (env) => {
    consumer ??= createConsumer(env)
    return consumer
  },
  { timeout: 8_000, retryDelay: 1 },
)

export default {
  async fetch(request: Request, env: Env, ctx: WorkersContext): Promise<Response> {
    producer ??= createClient(env)
    // The cast: the test sends it.
    const ids = (await request.json()) as string[]
    const scope = producer.scope({ waitUntil: (promise) => ctx.waitUntil(promise) })
    for (const messageId of ids) scope.track({ userId: 'u1', event: messageId.split('-')[0] ?? '', messageId })
    return Response.json(await scope.flush())
  },
  queue: consume,
}
