import { setTimeout as sleep } from 'node:timers/promises'

/** Tracks, then does what the event asks for. */
export async function act(event, analytics) {
  const { id, count = 1, takeMs = 0, fail, hang } = event
  for (let index = 0; index < count; index++) {
    analytics.track({ userId: id, event: 'Acted', messageId: count === 1 ? id : `${id}-${index}` })
  }
  await sleep(takeMs)
  if (fail) throw new RangeError(fail)
  // A timer, as a runtime with nothing to wait for would end by itself.
  if (hang) await sleep(600_000)
  return { id }
}
