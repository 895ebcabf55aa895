import { stripVTControlCharacters } from 'node:util'
import { findFreePort, startWorker } from '../../worker-process.ts'
import type { HostKind } from './host.ts'
import { sendHttp } from './send-http.ts'

export const workers: HostKind = {
  name: 'Workers',
  runtime: 'workerd, in `wrangler dev`',
  modes: [{ title: 'behind the response: waitUntil' }, { title: 'awaited in the handler', isAwaiting: true }],
  async start({ segmentHost, signal }) {
    const script = 'scripts/demo/functions/worker.ts'
    const worker = await startWorker({ script, port: await findFreePort(), segmentHost, stdio: 'pipe', signal })
    return {
      send: async (request) => ({ ...(await sendHttp(worker.url, request, signal)), request, endedAtMs: 'untold' }),
      // Without wrangler's line for each request.
      output: () => stripVTControlCharacters(worker.output()).replaceAll(/^\[wrangler:info\].*\n/gm, ''),
      stop: () => worker.stop(),
    }
  },
}
