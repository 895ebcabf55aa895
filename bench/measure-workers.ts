import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Miniflare } from 'miniflare'
import { bundleForWorkers } from './bundle.ts'
import { ROOT } from './root.ts'

export interface WorkerLatency {
  title: string
  /** From a request to the end of its response, as its client sees it. */
  latenciesUs: number[]
}

const COMPATIBILITY_DATE = '2026-03-01'
/** An isolate answers many requests; the first are slow with any code, as none of it is optimised yet. */
const WARM_UP_COUNT = 1_000
/** What goes on behind one response is over, mostly, when the next request comes. */
const PAUSE_MS = 4

/** Handlers that answer alike, and track three events in different ways; `HOST` is where the events go. */
const HANDLERS = [
  {
    title: 'the handler alone',
    program: `export default { async fetch() { return new Response('ok') } }`,
  },
  {
    title: 'floor: three events as JSON, one `fetch` behind the response',
    program: `const headers = { 'Content-Type': 'application/json', Authorization: 'Basic ' + btoa('bench:') }
      const context = { library: { name: 'analytics-edge', version: '0.1.0' } }
      const toJSON = (event) => JSON.stringify({
        type: 'track', userId: 'user-1', messageId: crypto.randomUUID(), timestamp: new Date().toISOString(), context,
        integrations: {}, _metadata: { jsRuntime: 'cloudflare-worker' }, event, properties: { revenue: 19.95 },
      })
      const send = async (events) => {
        const body = '{"batch":[' + events + '],"writeKey":"bench","sentAt":"' + new Date().toISOString() + '"}'
        await (await fetch(HOST + '/v1/batch', { method: 'POST', headers, body })).text()
      }
      export default {
        async fetch(request, env, ctx) {
          const events = ['A', 'B', 'C'].map(toJSON)
          ctx.waitUntil(new Promise((resolve) => setTimeout(() => resolve(send(events)), 0)))
          return new Response('ok')
        },
      }`,
  },
  {
    title: 'ours, three events',
    program: `import { withAnalytics } from 'analytics-edge/workers'
      export default withAnalytics({ writeKey: 'bench', host: HOST }, {
        async fetch(request, env, ctx, analytics) {
          for (const event of ['A', 'B', 'C']) analytics.track({ userId: 'user-1', event, properties: { revenue: 19.95 } })
          return new Response('ok')
        },
      })`,
  },
  {
    title: "Segment's library, three events, awaited",
    program: `import { Analytics } from '@segment/analytics-node'
      export default {
        async fetch() {
          const analytics = new Analytics({ writeKey: 'bench', host: HOST })
          for (const event of ['A', 'B', 'C']) analytics.track({ userId: 'user-1', event, properties: { revenue: 19.95 } })
          await analytics.closeAndFlush()
          return new Response('ok')
        },
      }`,
  },
  {
    title: "Segment's library, three events, behind the response",
    program: `import { Analytics } from '@segment/analytics-node'
      export default {
        async fetch(request, env, ctx) {
          const analytics = new Analytics({ writeKey: 'bench', host: HOST })
          for (const event of ['A', 'B', 'C']) analytics.track({ userId: 'user-1', event, properties: { revenue: 19.95 } })
          ctx.waitUntil(analytics.closeAndFlush())
          return new Response('ok')
        },
      }`,
  },
]

/** Each handler in a workerd of its own; they are asked in turns. */
export async function measureWorkers(packageDir: string, host: string, count: number): Promise<WorkerLatency[]> {
  const workers = await Promise.all(HANDLERS.map((handler) => startWorker(handler.program, packageDir, host)))
  const results = HANDLERS.map(({ title }) => ({ title, latenciesUs: [] as number[] }))
  try {
    for (let round = -WARM_UP_COUNT; round < count; round++) {
      for (let turn = 0; turn < workers.length; turn++) {
        // Each round begins with another, since what one leaves behind falls on the next.
        const index = (turn * (round % 2 === 0 ? 1 : workers.length - 1) + round + WARM_UP_COUNT) % workers.length
        const latencyUs = await workers[index]?.ask()
        if (round >= 0 && latencyUs !== undefined) results[index]?.latenciesUs.push(latencyUs)
        await sleep(PAUSE_MS)
      }
    }
    return results
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}

async function startWorker(program: string, packageDir: string, host: string) {
  const isOurs = program.includes('analytics-edge/workers')
  const contents = program.replace('HOST', JSON.stringify(host))
  const script = await bundleForWorkers(contents, isOurs ? packageDir : ROOT)
  const miniflare = new Miniflare({
    modules: true,
    script: new TextDecoder().decode(script),
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: ['nodejs_compat'],
  })
  const { origin } = await miniflare.ready
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    async ask(): Promise<number> {
      const startedMs = performance.now()
      const asked = request(origin, { agent })
      asked.end()
      const [response] = await once(asked, 'response')
      response.resume()
      await once(response, 'end')
      if (response.statusCode !== 200) throw new Error(`a Worker answered ${response.statusCode}`)
      return (performance.now() - startedMs) * 1000
    },
    async stop() {
      agent.destroy()
      await miniflare.dispose()
    },
  }
}
