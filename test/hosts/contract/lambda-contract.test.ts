import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type LambdaInvocation, withAnalytics } from 'analytics-edge/lambda'
import { describeContract } from './describe-contract.ts'
import type { Outcome } from './driver.ts'
import { type Answer, createWrappers, isOwn, note, perform, sourceFor } from './handler.ts'
import type { Job } from './job.ts'
import { listenForUnhandled } from './unhandled.ts'

// Without Lambda: what depends on its freeze is asked of the real runtime client, in test/hosts/lambda. Here invocations overlap, which
// is an environment that is never frozen.
process.env.AWS_LAMBDA_MAX_CONCURRENCY = '100'

/** How `awslambda.streamifyResponse` marks a handler. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')

interface Result extends Omit<Answer, 'body'> {
  readonly body: string
}

describeContract(
  'Lambda, before the response',
  { response: 'after-flush', covered: ['visit', 'throw', 'stream'], joins: true, budgetMs: 1_500, goesOn: true },
  async (collectorUrl) => {
    const buffered = createWrappers((wrapped: Job) =>
      withAnalytics(
        sourceFor(wrapped, collectorUrl),
        async (job: Job, _context: LambdaInvocation, analytics): Promise<Result> => {
          const answer = await perform(job, analytics, () => {})
          return note(job, { ...answer, body: String(answer.body) })
        },
        { timeout: wrapped.timeout },
      ),
    )
    const streaming = createWrappers((wrapped: Job) => {
      const handler = async (
        job: Job,
        stream: PassThrough,
        _context: LambdaInvocation,
        analytics: Parameters<typeof perform>[1],
      ) => {
        const { body } = await perform(job, analytics, () => {})
        for await (const chunk of body) stream.write(chunk)
        stream.end()
        return note(job, undefined)
      }
      return withAnalytics(sourceFor(wrapped, collectorUrl), Object.assign(handler, { [STREAMING]: 'response' }))
    })

    const context = (): LambdaInvocation => ({ awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 60_000 })
    const invokeStreaming = async (job: Job): Promise<Outcome> => {
      const stream = new PassThrough()
      const [body] = await Promise.all([text(stream), streaming(job)(job, stream, context())])
      return { status: 203, headers: {}, text: body }
    }
    const invokeBuffered = async (job: Job): Promise<Outcome> => {
      try {
        const result = await buffered(job)(job, context())
        return { status: isOwn(job, result) ? result.status : 500, headers: result.headers, text: result.body }
      } catch (error) {
        return { status: 500, headers: {}, text: String(error), error: isOwn(job, error) ? 'own' : 'other' }
      }
    }
    const { unhandled, stop } = listenForUnhandled()
    return {
      invoke: (job) => {
        const outcome = job.situation === 'stream' ? invokeStreaming(job) : invokeBuffered(job)
        return { outcome, end: outcome }
      },
      unhandled,
      stop: async () => stop(),
    }
  },
)
