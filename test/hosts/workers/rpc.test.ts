import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { bundleWorker, COMPATIBILITY_DATE, startWorkerd, WORKERDS } from '../../support/workerd.ts'

describe.each(WORKERDS)('on the $age workerd, $version:', (build) => {
  test.each([
    ['delivered', 200, undefined],
    ['failed', 400, { code: 'ERR_HTTP_STATUS', message: '[400] Bad Request', status: 400 }],
  ])(
    'an RPC method may return the result of a call, the Outcome of an event that is %s',
    async (status, answer, error) => {
      const collector = await startCollector()
      const { url, mf } = await startWorkerd(
        {
          workers: [
            {
              name: 'main',
              modules: true,
              script: await bundleWorker(fileURLToPath(new URL('rpc-worker.ts', import.meta.url))),
              compatibilityDate: COMPATIBILITY_DATE,
              bindings: { SEGMENT_HOST: collector.url },
              serviceBindings: { ORDERS: { name: 'main', entrypoint: 'Orders' } },
            },
          ],
        },
        build,
      )
      try {
        if (answer !== 200) collector.fail({ status: answer })
        const response = await fetch(url)
        const expected = { messageId: 'of ada', status, attempts: 1 }
        expect(await response.json()).toEqual(error ? { ...expected, error } : expected)
      } finally {
        await mf.dispose()
        await collector.close()
      }
    },
  )
})
