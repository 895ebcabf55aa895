/** @import { Line } from '../journal.ts' */
/** @import { Model } from './model.js' */
import { el } from './dom.js'

/** More bars would not be readable. */
const MAX_BARS = 60

/** @typedef {{ label: string, className: string, startMs: number, endMs: number }} Bar */

/**
 * The events of an invocation at their timestamps, and their requests until answered.
 *
 * @param {Line[]} lines
 * @param {Model} model
 */
export function renderTimeline(lines, model) {
  const bars = [...lines.flatMap(eventBar), ...requestBars(lines, model)].sort((a, b) => a.startMs - b.startMs)
  if (bars.length === 0) return el('p', 'facts', 'Its events and requests carry no time.')
  const startMs = bars[0]?.startMs ?? 0
  const spanMs = Math.max(1, bars.reduce((latest, { endMs }) => Math.max(latest, endMs), startMs) - startMs)
  const rows = bars.slice(0, MAX_BARS).map((bar) => {
    const mark = el('span', bar.className)
    mark.style.left = `${((bar.startMs - startMs) / spanMs) * 100}%`
    mark.style.width = `${((bar.endMs - bar.startMs) / spanMs) * 100}%`
    return el(
      'li',
      '',
      el('span', 'label', bar.label),
      el('span', 'track', mark),
      el('span', 'offset', `+${Math.round(bar.startMs - startMs)} ms`),
    )
  })
  const more = bars.length - rows.length
  return el('ol', 'timeline', ...rows, ...(more > 0 ? [el('li', 'facts', `and ${more} more`)] : []))
}

/** An invocation may have thousands of events, and is drawn anew for each. @type {WeakMap<Line, number>} */
const times = new WeakMap()

/** @param {Line} line @returns {Bar[]} */
function eventBar(line) {
  if (line.json === '') return []
  const startMs = times.get(line) ?? readTime(line)
  times.set(line, startMs)
  return [{ label: `${line.type} ${line.name}`, className: 'event', startMs, endMs: startMs }]
}

/** @param {Line} line */
function readTime({ json, at }) {
  const { timestamp } = JSON.parse(json) ?? {}
  const ms = Date.parse(typeof timestamp === 'string' ? timestamp : at)
  return Number.isNaN(ms) ? Date.parse(at) : ms
}

/**
 * @param {Line[]} lines
 * @param {Model} model
 * @returns {Bar[]}
 */
function requestBars(lines, model) {
  const requests = new Map(lines.flatMap((line) => model.requestsOf(line)).map((view) => [view.index, view]))
  return [...requests.values()].map(({ index, at, status, durationMs = 0 }) => {
    const startMs = Date.parse(at)
    const isFine = typeof status === 'number' && status < 300
    const className = isFine ? 'request-bar' : 'request-bar is-bad'
    return { label: `request #${index} ${status}`, className, startMs, endMs: startMs + durationMs }
  })
}
