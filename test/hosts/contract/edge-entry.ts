// A function on Vercel's edge runtime: by the path, called as Vercel calls a function, or as Next calls a middleware.
import { withAnalytics } from 'analytics-edge/vercel'
import { callAsHost, createWrappers, note, perform, sourceFor, toResponse } from './handler.ts'
import { type Job, readJob } from './job.ts'

interface FetchEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
  waitUntil(promise: Promise<unknown>): void
}

// A cast: the runtime's own types declare no globals.
const { addEventListener, SEGMENT_HOST } = globalThis as unknown as {
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  SEGMENT_HOST: string
}

// What the hostile cases throw is logged, as it should be, and of no interest here.
console.error = console.warn = () => {}

const wrapperFor = createWrappers((wrapped: Job) =>
  withAnalytics(
    () => sourceFor(wrapped, SEGMENT_HOST),
    async (request: Request, host: Pick<FetchEvent, 'waitUntil'>, analytics) => {
      const job = readJob(request.url)
      return note(job, toResponse(await perform(job, analytics, (task) => host.waitUntil(task))))
    },
    { timeout: wrapped.timeout },
  ),
)

addEventListener('fetch', (event) => {
  const job = readJob(event.request.url)
  const isFunction = new URL(event.request.url).pathname === '/function'
  const second = isFunction ? { waitUntil: (promise: Promise<unknown>) => event.waitUntil(promise) } : event
  event.respondWith(callAsHost(job, () => wrapperFor(job)(event.request, second)))
})
