import { fileURLToPath } from 'node:url'
import { INVOCATION_HEADER, startEdgeProcess } from './edge-process.ts'
import type { HostKind } from './host.ts'
import { sendHttp } from './send-http.ts'

const FUNCTION = fileURLToPath(new URL('../functions/vercel.ts', import.meta.url))

export const vercel: HostKind = {
  name: 'Vercel',
  runtime: "`edge-runtime`, Vercel's own, with the context that Vercel gives to each request",
  modes: [{ title: 'behind the response: waitUntil' }, { title: 'awaited in the handler', isAwaiting: true }],
  async start({ segmentHost, signal }) {
    const edge = await startEdgeProcess(FUNCTION, { segmentHost, signal })
    return {
      async send(request) {
        const answer = await sendHttp(edge.url, request, signal)
        const invocation = answer.headers.get(INVOCATION_HEADER) ?? ''
        return {
          ...answer,
          request,
          get endedAtMs() {
            return edge.endedAtMs(invocation) ?? 'pending'
          },
        }
      },
      output: () => edge.output(),
      stop: () => edge.stop(),
    }
  },
}
