import { AsyncLocalStorage } from 'node:async_hooks'
import { fileURLToPath } from 'node:url'
import { EdgeRuntime } from 'edge-runtime'
import { bundleWorker } from '../../support/workerd.ts'
import { describeContract } from './describe-contract.ts'
import type { Driver } from './driver.ts'
import { toQuery } from './job.ts'
import { readOutcome } from './read-outcome.ts'
import { listenForUnhandled } from './unhandled.ts'

interface Host {
  readonly path: string
  /** The package has none. Vercel has, and Next gives one to the package in this way. */
  readonly hasAsyncLocalStorage: boolean
}

async function startEdge({ path, hasAsyncLocalStorage }: Host, collectorUrl: string): Promise<Driver> {
  const code = await bundleWorker(fileURLToPath(new URL('edge-entry.ts', import.meta.url)), ['edge-light', 'worker'])
  const runtime = new EdgeRuntime({
    initialCode: `globalThis.SEGMENT_HOST = '${collectorUrl}';${code}`,
    extend: (context) => (hasAsyncLocalStorage ? Object.assign(context, { AsyncLocalStorage }) : context),
  })
  const { unhandled, stop } = listenForUnhandled()
  return {
    invoke: (job) => {
      const dispatched = runtime.dispatchFetch(`http://edge${path}${toQuery(job)}`)
      const outcome = dispatched.then(readOutcome)
      return {
        outcome,
        end: Promise.all([dispatched, outcome]).then(([{ waitUntil }]) => untilNothingIsAdded(waitUntil)),
      }
    },
    unhandled,
    stop: async () => stop(),
  }
}

/** The runtime tells of the promises that it was given until it was asked; meanwhile there may be more. */
async function untilNothingIsAdded(waitUntil: () => Promise<unknown>): Promise<void> {
  for (let count = -1; ; ) {
    // A cast: it is `Promise.all` of the promises.
    const { length } = (await waitUntil()) as unknown[]
    if (length === count) return
    count = length
  }
}

const covered = ['visit', 'throw', 'stream', 'late'] as const

for (const path of ['/function', '/middleware']) {
  describeContract(
    `Vercel's edge runtime, ${path}`,
    { response: 'before-flush', covered, joins: true, budgetMs: 1_500 },
    (collectorUrl) => startEdge({ path, hasAsyncLocalStorage: true }, collectorUrl),
  )
}

describeContract(
  "Vercel's edge runtime without AsyncLocalStorage",
  { response: 'before-flush', covered, joins: false, budgetMs: 1_500 },
  (collectorUrl) => startEdge({ path: '/function', hasAsyncLocalStorage: false }, collectorUrl),
)
