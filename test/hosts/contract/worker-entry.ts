import { withAnalytics } from 'analytics-edge/workers'
import { callAsHost, createWrappers, note, perform, sourceFor, toResponse } from './handler.ts'
import { readJob } from './job.ts'

interface Env {
  SEGMENT_HOST: string
}

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void
  passThroughOnException(): void
}

const wrapperFor = createWrappers((job) =>
  withAnalytics(
    (env: Env) => sourceFor(job, env.SEGMENT_HOST),
    {
      async fetch(request: Request, _env, ctx, analytics) {
        const own = readJob(request.url)
        return note(own, toResponse(await perform(own, analytics, (task) => ctx.waitUntil(task))))
      },
    },
    { timeout: job.timeout },
  ),
)

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const job = readJob(request.url)
    return callAsHost(job, async () => wrapperFor(job).fetch(request, env, ctx))
  },
}
