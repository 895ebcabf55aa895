// The module as a namespace.
import * as Segment from 'SDK'

let client: Segment.Analytics | undefined
export function getClient(): Segment.Analytics {
  client ??= new Segment.Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
  return client
}
getClient().track({ userId: 'u1', event: 'E' })
console.log(typeof Segment.Context, typeof Segment.FetchHTTPClient, getClient() === client)
void getClient().closeAndFlush()
