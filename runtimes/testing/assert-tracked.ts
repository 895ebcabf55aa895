import type { SegmentEvent } from '../../src/index.ts'
import { checkMatch, type EventMatch, listDifferences, matchesEvent } from './matches-event.ts'
import { show } from './show.ts'
import type { EventCapture } from './types.ts'

/** A capture, or its events. */
export type TrackedSource = Pick<EventCapture, 'events'> | readonly SegmentEvent[]

const MAX_LISTED = 20

/**
 * Returns the first event that matches.
 *
 * @throws Error that lists what was tracked instead
 * @example
 * import { assertTracked, captureAnalytics } from 'analytics-edge/testing'
 *
 * const capture = captureAnalytics()
 * const { properties } = assertTracked(capture, { event: 'Order Placed', userId: '019mr8mf4r' })
 */
export function assertTracked(source: TrackedSource, match: EventMatch): SegmentEvent {
  const event = findEvent(source, match)
  if (event) return event
  throw new Error(describeMissing(source, match))
}

/**
 * Checks that no event matches.
 *
 * @throws Error that shows the event that matches
 */
export function assertNotTracked(source: TrackedSource, match: EventMatch): void {
  const event = findEvent(source, match)
  if (event) throw new Error(describeUnwanted(event, match))
}

/**
 * A matcher for `expect.extend` of jest and vitest.
 *
 * @example
 * ```js
 * expect.extend({ toHaveTracked })
 * expect(capture).toHaveTracked('Order Placed')
 * ```
 */
export function toHaveTracked(source: TrackedSource, match: EventMatch): { pass: boolean; message(): string } {
  const event = findEvent(source, match)
  return { pass: !!event, message: () => (event ? describeUnwanted(event, match) : describeMissing(source, match)) }
}

export function describeMissing(source: TrackedSource, match: EventMatch): string {
  const events = listEvents(source)
  const wanted = `no event matches ${describeMatch(match)}`
  if (events.length === 0) return `${wanted}: nothing was tracked`
  const lines = events.slice(0, MAX_LISTED).map((event) => {
    const differences = typeof match === 'function' ? [] : listDifferences(event, match)
    return `- ${nameEvent(event)}${differences.length > 0 ? `: ${differences.join('; ')}` : ''}`
  })
  if (events.length > MAX_LISTED) lines.push(`- and ${events.length - MAX_LISTED} more`)
  return `${wanted}. Tracked so far:\n${lines.join('\n')}`
}

function describeUnwanted(event: SegmentEvent, match: EventMatch): string {
  return `an event matches ${describeMatch(match)}: ${show(event)}`
}

function describeMatch(match: EventMatch): string {
  return typeof match === 'function' ? `the function ${match.name || 'given'}` : show(match)
}

/** A test may have put anything into the list. */
function nameEvent(given: SegmentEvent | null | undefined): string {
  if (!given) return show(given)
  const { type, event, name } = given
  const own = event ?? name
  return own === undefined ? type : `${type} ${show(own)}`
}

function findEvent(source: TrackedSource, match: EventMatch): SegmentEvent | undefined {
  checkMatch(match)
  return listEvents(source).find((each) => matchesEvent(each, match))
}

function listEvents(source: TrackedSource): readonly SegmentEvent[] {
  if (Array.isArray(source)) return source
  // The cast: in JavaScript, anything may be given; arrays are dealt with.
  const events = (source as Pick<EventCapture, 'events'> | null | undefined)?.events
  if (Array.isArray(events)) return events
  throw new TypeError(
    'the source must be a capture, as captureAnalytics() and createTestAnalytics() return it, or a list of its events',
  )
}
