// A client that is spread, with one method replaced.
import { Analytics, type TrackParams } from 'SDK'

const original = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
export const analytics = {
  ...original,
  track: (params: TrackParams): void => original.track({ ...params, context: { app: { name: 'shop' } } }),
} as unknown as Analytics
analytics.track({ userId: 'u1', event: 'Spread' })
analytics.identify({ userId: 'u1' })
analytics.group({ userId: 'u1', groupId: 'g1' })
void analytics.flush().then((result) => console.log(result))
