// The baseline of the tests: no wrapper, and calls that are not awaited.
import { Analytics } from 'analytics-edge'
import { settings } from './settings.mjs'

const batched = new Analytics(settings)
const immediate = new Analytics({ ...settings, flushAt: 1 })

export const track = async ({ id }) => {
  batched.track({ userId: id, event: 'Bare', messageId: id })
  return { id }
}

/** Each event's request begins at once, in the handler. */
export const trackAtOnce = async ({ id }) => {
  immediate.track({ userId: id, event: 'Bare', messageId: id })
  return { id }
}
