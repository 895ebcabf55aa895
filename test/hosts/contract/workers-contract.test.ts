import { fileURLToPath } from 'node:url'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'
import { describeContract } from './describe-contract.ts'
import { toQuery } from './job.ts'
import { readOutcome } from './read-outcome.ts'

for (const build of WORKERDS) {
  // workerd gives no sign of an invocation's end, and needs none: what it was not told of, it drops.
  describeContract(
    `Workers, on the ${build.age} workerd`,
    { response: 'before-flush', covered: [], joins: true, budgetMs: 1_500 },
    async (collectorUrl) => {
      const options = {
        modules: true as const,
        script: await bundleWorker(fileURLToPath(new URL('worker-entry.ts', import.meta.url))),
        compatibilityDate: COMPATIBILITY_DATE,
        bindings: { SEGMENT_HOST: collectorUrl },
      }
      const { url, mf, logs } = await startWorkerd(options, build)
      return {
        invoke: (job) => ({ outcome: fetch(url + toQuery(job)).then(readOutcome), end: Promise.resolve() }),
        unhandled: () => logs.filter((line) => /uncaught|unhandled|different request|hung/i.test(line)),
        stop: () => mf.dispose(),
      }
    },
  )
}
