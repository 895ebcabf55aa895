import { stripVTControlCharacters } from 'node:util'
import { findFreePort, startWorker } from '../../worker-process.ts'
import { addToCart, placeRetriedOrder, viewProduct } from '../example-requests.ts'
import type { HostKind, Mode } from './host.ts'
import { sendHttp } from './send-http.ts'

export const workers = createKind(
  [{ title: 'behind the response: waitUntil' }, { title: 'awaited in the handler', isAwaiting: true }],
  'scripts/demo/functions/wrangler.toml',
)

/** What only the example has. */
export const workersExample = createKind([
  { title: 'from a helper, deep in the code', request: viewProduct },
  { title: 'from a Durable Object', request: addToCart },
  { title: 'from a queue, delivered twice', request: placeRetriedOrder },
])

/** @param config of the Worker, by default that of the example */
function createKind(modes: readonly Mode[], config?: string): HostKind {
  return {
    name: 'Workers',
    runtime: 'workerd, in `wrangler dev`',
    modes,
    async start(options) {
      const port = await findFreePort()
      const worker = await startWorker({ ...options, ...(config !== undefined && { config }), port, stdio: 'pipe' })
      return {
        send: async (request) => ({
          ...(await sendHttp(worker.url, request, options.signal)),
          request,
          endedAtMs: 'unknown',
        }),
        // Without wrangler's line for each request.
        output: () => stripVTControlCharacters(worker.output()).replaceAll(/^\[wrangler:info\].*\n/gm, ''),
        stop: () => worker.stop(),
      }
    },
  }
}
