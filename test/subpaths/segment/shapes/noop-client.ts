// A client that does nothing has the type of the SDK's class.
import { Analytics } from 'SDK'

type Client = Pick<Analytics, 'track' | 'identify' | 'closeAndFlush'>
const noop: Client = { track: () => {}, identify: () => {}, closeAndFlush: async () => {} }

export function createClient(writeKey: string | undefined): Client {
  return writeKey ? new Analytics({ writeKey, host: process.env.SEGMENT_HOST ?? '' }) : noop
}

for (const client of [createClient(undefined), createClient('k')]) {
  console.log(client.track({ userId: 'u1', event: 'Tracked' }), client.identify({ userId: 'u1' }))
  void client.closeAndFlush()
}
