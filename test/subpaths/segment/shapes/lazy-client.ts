// A client that is made at its first use, by a helper that memoizes.
import { Analytics, type TrackParams } from 'SDK'

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
const getAnalytics = once(() => new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }))
export const trackServer = (params: TrackParams) => getAnalytics().track(params)
export const results: void[] = ['a', 'b'].map((event) => trackServer({ userId: 'u1', event }))
console.log(results)
void getAnalytics().closeAndFlush()
