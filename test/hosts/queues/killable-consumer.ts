import { type Miniflare, type Request, Response, type WorkerOptions } from 'miniflare'
import { readHandedOver } from '../../../src/index.ts'
import { listChildren } from '../../support/process-tree.ts'
import { COMPATIBILITY_DATE, startWorkerd } from '../../support/workerd.ts'

/** Consumes in its own workerd, so that the queue outlives it: Cloudflare runs consumers on other machines than the queue. */
export interface KillableConsumer {
  /** The Worker that the queue calls. It passes each batch on, and answers as the consumer does. */
  readonly worker: WorkerOptions
  /** What all processes of the consumer have written. */
  readonly logs: readonly string[]
  /** Kills the process (SIGKILL), and starts another. Returns the message ids of the events that it had in hand. */
  kill(): Promise<string[]>
  close(): Promise<void>
}

interface Batch {
  readonly queue: string
  readonly messages: readonly { id: string; timestamp: string; body: string; attempts: number }[]
}

const PASS_ON = `export default {
  async queue({ queue, messages }, env) {
    const batch = { queue, messages: messages.map(({ id, timestamp, body, attempts }) => ({ id, timestamp, body, attempts })) }
    const response = await env.CONSUMER.fetch('http://consumer/', { method: 'POST', body: JSON.stringify(batch) })
    if (!response.ok) throw new Error('the consumer is gone')
    const { outcome, retryMessages } = await response.json()
    if (outcome !== 'ok') throw new Error(outcome)
    const retries = new Map(retryMessages.map(({ msgId, delaySeconds }) => [msgId, { delaySeconds }]))
    for (const message of messages) {
      const retry = retries.get(message.id)
      if (retry) message.retry(retry)
      else message.ack()
    }
  },
}`

/** @param contents a Worker that acknowledges or returns each message */
export async function startKillableConsumer(
  name: string,
  contents: string,
  bindings: Record<string, string>,
  consumer: NonNullable<WorkerOptions['queueConsumers']>,
): Promise<KillableConsumer> {
  const logs: string[] = []
  const inHand = new Set<Batch>()
  const start = async () => {
    const before = listChildren(process.pid)
    const { mf, logs: own } = await startWorkerd({
      modules: [{ type: 'ESModule', path: 'index.js', contents }],
      compatibilityDate: COMPATIBILITY_DATE,
      bindings,
    })
    const pid = listChildren(process.pid).find((each) => !before.includes(each))
    if (pid === undefined) throw new Error('workerd is no child of this process')
    // One array of all processes, in the order in which they write.
    own.push = (...texts) => logs.push(...texts)
    return { mf, pid }
  }
  let running: Promise<{ mf: Miniflare; pid: number }> = start()
  await running

  const consume = async (batch: Batch): Promise<Response> => {
    inHand.add(batch)
    try {
      const { mf } = await running
      const worker = await mf.getWorker()
      const messages = batch.messages.map((message) => ({ ...message, timestamp: new Date(message.timestamp) }))
      return Response.json(await worker.queue(batch.queue, messages))
    } catch {
      return new Response('killed', { status: 502 })
    } finally {
      inHand.delete(batch)
    }
  }
  return {
    worker: {
      name,
      modules: true,
      script: PASS_ON,
      compatibilityDate: COMPATIBILITY_DATE,
      // The cast: the Worker above sends it.
      serviceBindings: { CONSUMER: async (request: Request) => consume((await request.json()) as Batch) },
      queueConsumers: consumer,
    },
    logs,
    async kill() {
      const { mf, pid } = await running
      const events = [...inHand].flatMap(({ messages }) => messages.flatMap(({ body }) => readHandedOver(body)))
      running = (async () => {
        process.kill(pid, 'SIGKILL')
        await mf.dispose()
        return start()
      })()
      await running
      return events.map(({ messageId }) => messageId)
    },
    close: async () => (await running).mf.dispose(),
  }
}
