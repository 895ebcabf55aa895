import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Job, JobMessage, Sample, Subject, SubjectName, SubjectUrls } from './protocol.ts'
import { createPurchase } from './purchase.ts'
import { loadSubject } from './subjects/load-subject.ts'

// Takes one sample in a fresh process, and answers with it.

/** Calls between two turns of the event loop, where they are not one burst. */
const CALLS_A_TURN = 100

async function measure(work: () => Promise<unknown>): Promise<Sample> {
  const startedMs = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { cpuUs: user + system, wallUs: (performance.now() - startedMs) * 1000, heapBytes: 0 }
}

function createPurchases(count: number) {
  return Array.from({ length: count }, (_, index) => createPurchase(index))
}

type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>

async function trackEvents(subject: Subject, host: string, job: JobOf<'events'>): Promise<Sample> {
  const purchases = createPurchases(job.eventCount)
  await warmUpFetch(host)
  return measure(async () => {
    const client = subject.createClient({ host, flushAt: job.flushAt })
    let callCount = 0
    for (const purchase of purchases) {
      client.track(purchase)
      if (!job.isBurst && ++callCount % CALLS_A_TURN === 0) await nextTurn()
    }
    await client.close()
  })
}

async function invoke(subject: Subject, host: string, job: JobOf<'invocations'>): Promise<Sample> {
  const purchases = createPurchases(job.eventCount)
  const invocation = subject.createInvocation({ host, flushAt: job.flushAt })
  await warmUpFetch(host)
  const run = async (count: number) => {
    for (let index = 0; index < count; index++) await invocation(purchases)
  }
  await run(job.warmUpCount)
  return measure(() => run(job.invocationCount))
}

async function queueEvents(subject: Subject, host: string, job: JobOf<'heap'>): Promise<Sample> {
  // The first batches, to have everything compiled and the connections made.
  const client = subject.createClient({ host, flushAt: job.flushAt })
  const track = async (fromIndex: number, toIndex: number) => {
    for (let index = fromIndex; index < toIndex; index++) {
      client.track(createPurchase(index))
      if (index % CALLS_A_TURN === 0) await nextTurn()
    }
  }
  await track(0, job.warmUpCount)
  const before = await settledHeap()
  await track(job.warmUpCount, job.warmUpCount + job.eventCount)
  const after = await settledHeap()
  // They were all there: now that the server answers, they all arrive.
  await fetch(`${host}/release`)
  await client.close()
  return { cpuUs: 0, wallUs: 0, heapBytes: after - before }
}

/** Bytes in use once all garbage is gone. */
async function settledHeap(): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('the process needs --expose-gc')
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    gc()
  }
  return process.memoryUsage().heapUsed
}

async function importModule(name: SubjectName, urls: SubjectUrls): Promise<Sample> {
  if (name === 'floor' || name === 'oursGzip') throw new Error(`${name} has no module of its own`)
  return measure(() => import(urls[name]))
}

/** The wrapper of a handler that tracks nothing, against the handler alone. */
async function wrapHandler(name: SubjectName, urls: SubjectUrls, { callCount }: JobOf<'wrapper'>): Promise<Sample> {
  const { withAnalytics }: typeof import('../runtimes/workers/index.ts') = await import(urls.oursWorkers)
  const response = new Response('ok')
  const bare = { fetch: async (_request: unknown, _env: unknown, _ctx: unknown) => response }
  // The casts: the types are those of Workers, the process is Node's.
  const wrapped = withAnalytics({ writeKey: 'bench' }, { fetch: bare.fetch as never }) as unknown as typeof bare
  const handlers = name === 'ours' ? wrapped : bare
  const ctx = { waitUntil() {} }
  const run = async (count: number) => {
    for (let index = 0; index < count; index++) await handlers.fetch({}, {}, ctx)
  }
  await run(2_000)
  return measure(() => run(callCount))
}

/** Node compiles its own fetch at the first use, which is no SDK's doing. */
async function warmUpFetch(host: string): Promise<void> {
  await (await fetch(`${host}/v1/batch`, { method: 'POST', body: '{"batch":[]}' })).text()
}

async function take({ job, subject: name, host, urls }: JobMessage): Promise<Sample> {
  if (job.kind === 'import') return importModule(name, urls)
  if (job.kind === 'wrapper') return wrapHandler(name, urls, job)
  const subject = await loadSubject(name, urls)
  if (job.kind === 'events') return trackEvents(subject, host, job)
  if (job.kind === 'invocations') return invoke(subject, host, job)
  return queueEvents(subject, host, job)
}

process.once('message', async (message: JobMessage) => {
  const sample = await take(message)
  process.send?.(sample)
})
