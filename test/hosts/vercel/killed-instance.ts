// An instance on Vercel that serves three requests at once, and is killed once none of them has anything left to wait for.

import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Analytics } from 'analytics-edge/vercel'
import { provideRequestContext, RequestContext, runInContext } from './request-context.ts'

const { SEGMENT_WRITE_KEY = '', SEGMENT_HOST } = process.env
const analytics = new Analytics({ writeKey: SEGMENT_WRITE_KEY, host: SEGMENT_HOST })

/** A helper that knows nothing of requests. */
const note = (event: string) => analytics.track({ userId: 'u', event })

async function handle(name: string, ms: number): Promise<void> {
  note(`${name}: begun`)
  await sleep(ms)
  note(`${name}: ended`)
}

provideRequestContext()
const requests = { a: 0, b: 20, c: 700 }
await Promise.all(
  Object.entries(requests).map(async ([name, ms]) => {
    const context = new RequestContext()
    await runInContext(context, () => handle(name, ms))
    await context.untilDone()
  }),
)
process.kill(process.pid, 'SIGKILL')
