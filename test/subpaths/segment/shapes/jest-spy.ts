// jest's doubles: spies with empty implementations, on an instance and on the prototype.

import { Analytics } from 'SDK'
import { spyOn } from 'jest-mock'

spyOn(Analytics.prototype, 'identify').mockImplementation((_params, callback) => {
  callback?.()
})
const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const track = spyOn(analytics, 'track').mockImplementation(() => {})
const passing = spyOn(analytics, 'page')
const close = spyOn(analytics, 'closeAndFlush').mockResolvedValueOnce()

analytics.track({ userId: 'u1', event: 'Stubbed' })
analytics.identify({ userId: 'u1' }, () => console.log('identified'))
analytics.page({ userId: 'u1', name: 'Home' })
void analytics
  .closeAndFlush()
  .then((result) => console.log(result, track.mock.calls, passing.mock.results, close.mock.calls.length))
  .then(() => {
    track.mockRestore()
    analytics.track({ userId: 'u1', event: 'Restored' })
    return analytics.closeAndFlush()
  })
