// A promise around each call, with a limit.
import { Analytics, type IdentifyParams, type TrackParams } from 'SDK'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '', flushAt: 1 })

const track = (params: TrackParams): Promise<void> =>
  new Promise((resolve, reject) => {
    analytics.track(params, (err) => (err ? reject(err) : resolve()))
  })
const identify = (params: IdentifyParams) => new Promise((resolve) => analytics.identify(params, resolve))

async function main(): Promise<void> {
  const timeout = new Promise<string>((resolve) => setTimeout(resolve, 10_000, 'late').unref())
  console.log(await Promise.race([track({ userId: 'u1', event: 'Awaited' }), timeout]))
  console.log(await identify({ userId: 'u1' }))
}
void main()
