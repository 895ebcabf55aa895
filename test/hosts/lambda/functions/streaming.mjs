import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { withAnalytics } from 'analytics-edge/lambda'
import { settings } from './settings.mjs'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function stream({ id }, responseStream, _context, analytics) {
  responseStream.setContentType('text/plain')
  analytics.track({ userId: id, event: 'Stream Started', messageId: `${id}-started` })
  async function* chunks() {
    for (const chunk of ['one ', 'two ', 'three']) {
      yield chunk
      await sleep(50)
    }
    analytics.track({ userId: id, event: 'Stream Ended', messageId: `${id}-ended` })
  }
  await pipeline(Readable.from(chunks()), responseStream)
}

/** Returns at once, while the body is still being piped. */
async function pipe({ id }, responseStream, _context, analytics) {
  async function* chunks() {
    for (const chunk of ['one ', 'two ', 'three']) {
      yield chunk
      await sleep(50)
    }
    analytics.track({ userId: id, event: 'Stream Ended', messageId: `${id}-ended` })
  }
  Readable.from(chunks()).pipe(responseStream)
}

/** Throws when the caller has a part of the body already. */
async function breakOff({ id, fail }, responseStream, _context, analytics) {
  analytics.track({ userId: id, event: 'Stream Started', messageId: `${id}-started` })
  responseStream.write('one ')
  await sleep(50)
  throw new RangeError(fail)
}

// In both orders: the mark is there before the wrapper sees the handler, or comes after it.
export const outside = awslambda.streamifyResponse(withAnalytics(settings, stream))
export const inside = withAnalytics(settings, awslambda.streamifyResponse(stream, { highWaterMark: 1024 }))
export const piped = awslambda.streamifyResponse(withAnalytics(settings, pipe))
export const broken = awslambda.streamifyResponse(withAnalytics(settings, breakOff))
