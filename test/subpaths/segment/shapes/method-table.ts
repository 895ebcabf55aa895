// Calls by name, from a queue of jobs.
import { Analytics, type GroupParams, type IdentifyParams, type TrackParams } from 'SDK'

type Job =
  | { method: 'track'; params: TrackParams }
  | { method: 'identify'; params: IdentifyParams }
  | { method: 'group'; params: GroupParams }

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const handlers: { [Name in Job['method']]: (params: never) => void } = {
  track: analytics.track,
  identify: analytics.identify,
  group: analytics.group,
}
const jobs: Job[] = [
  { method: 'track', params: { userId: 'u1', event: 'E' } },
  { method: 'identify', params: { anonymousId: 'a1', traits: { name: 'Jane', createdAt: new Date(0) } } },
  { method: 'group', params: { userId: 'u1', groupId: 'g1' } },
]
for (const { method, params } of jobs) console.log(handlers[method](params as never))
void analytics.closeAndFlush()
