import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitUntil as vercelWaitUntil } from '@vercel/functions'
import { withAnalytics } from 'analytics-edge/vercel'
import { afterAll } from 'vitest'
import { provideRequestContext, RequestContext, removeRequestContext, runInContext } from '../vercel/request-context.ts'
import { describeContract } from './describe-contract.ts'
import type { Driver, Invocation } from './driver.ts'
import { callAsHost, createWrappers, isOwn, note, perform, sourceFor, toResponse } from './handler.ts'
import { type Job, readJob, toQuery } from './job.ts'
import { readOutcome } from './read-outcome.ts'
import { listenForUnhandled } from './unhandled.ts'

provideRequestContext()
afterAll(removeRequestContext)

/** Calls with a request context, or without one, as on a self-hosted server. */
interface Host {
  readonly hasContext: boolean
}

/** Has the host run a task behind the response: by Vercel's own function, which does nothing where there is no context. */
const runLate = (task: Promise<unknown>) => vercelWaitUntil(task)

/** A route handler: it returns its response. */
function startRoute({ hasContext }: Host, collectorUrl: string): Driver {
  const wrapperFor = createWrappers((wrapped: Job) =>
    withAnalytics(
      () => sourceFor(wrapped, collectorUrl),
      async (request, _context: { params: Promise<object> }, analytics) => {
        const job = readJob(request.url)
        return note(job, toResponse(await perform(job, analytics, runLate)))
      },
      { timeout: wrapped.timeout },
    ),
  )
  const { unhandled, stop } = listenForUnhandled()
  return {
    invoke: (job): Invocation => {
      const context = hasContext ? new RequestContext() : undefined
      const request = new Request(`http://route/${toQuery(job)}`)
      const response = runInContext(context, () =>
        callAsHost(job, () => wrapperFor(job)(request, { params: Promise.resolve({}) })),
      )
      const outcome = response.then(readOutcome)
      return { outcome, end: outcome.then(() => context?.untilDone()) }
    },
    unhandled,
    stop: async () => stop(),
  }
}

/** An API route of the Pages Router, or a Node function: it answers by `res`, on a server of Node. */
async function startPages({ hasContext }: Host, collectorUrl: string): Promise<Driver> {
  const wrapperFor = createWrappers((wrapped: Job) =>
    withAnalytics(
      () => sourceFor(wrapped, collectorUrl),
      async (req: IncomingMessage, res: ServerResponse, analytics) => {
        const job = readJob(req.url ?? '')
        const { status, headers, body } = await perform(job, analytics, runLate)
        res.writeHead(status, headers)
        for await (const chunk of typeof body === 'string' ? [body] : body) res.write(chunk)
        res.end()
        return note(job, { value: job.user })
      },
      { timeout: wrapped.timeout },
    ),
  )
  const ends = new Map<string, (end: Promise<unknown>) => void>()
  const server = createServer((req, res) => {
    const job = readJob(req.url ?? '')
    const context = hasContext ? new RequestContext() : undefined
    const call = async () => {
      try {
        const result = await runInContext(context, () => wrapperFor(job)(req, res))
        if (!isOwn(job, result)) throw new Error('the wrapper changed the result')
      } catch (error) {
        if (res.headersSent) throw error
        res.writeHead(500, { 'x-error': isOwn(job, error) ? 'own' : 'other' }).end(String(error))
      }
      await Promise.all([res.writableFinished || once(res, 'finish'), context?.untilDone()])
      await context?.untilDone()
    }
    ends.get(String(req.headers['x-invocation']))?.(call())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A cast: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  const { unhandled, stop } = listenForUnhandled()
  let count = 0
  return {
    invoke: (job): Invocation => {
      const invocation = String(count++)
      const end = new Promise((resolve) => ends.set(invocation, resolve))
      const headers = { 'x-invocation': invocation }
      return { outcome: fetch(`http://127.0.0.1:${port}/${toQuery(job)}`, { headers }).then(readOutcome), end }
    },
    unhandled,
    async stop() {
      stop()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const everything = ['visit', 'throw', 'stream', 'late'] as const

describeContract(
  'a route handler in Node, with a request context',
  { response: 'before-flush', covered: everything, joins: true, budgetMs: 1_500 },
  async (collectorUrl) => startRoute({ hasContext: true }, collectorUrl),
)

describeContract(
  'a route handler in Node, without a request context',
  { response: 'after-flush', covered: ['visit', 'throw'], joins: true, budgetMs: 2_000 },
  async (collectorUrl) => startRoute({ hasContext: false }, collectorUrl),
)

describeContract(
  'a (req, res) handler, with a request context',
  { response: 'before-flush', covered: everything, joins: true, budgetMs: 1_500 },
  (collectorUrl) => startPages({ hasContext: true }, collectorUrl),
)

describeContract(
  'a (req, res) handler, without a request context',
  { response: 'before-flush', covered: ['visit', 'stream'], joins: true, budgetMs: 1_500 },
  (collectorUrl) => startPages({ hasContext: false }, collectorUrl),
)
