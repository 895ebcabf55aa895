/** @import { Line, RequestView } from '../journal.ts' */
/** @import { Model } from './model.js' */
import { buildTest, isCall } from './copy-as-test.js'
import { button, el, find, formatNumber, formatTime } from './dom.js'
import { MAX_EVENT_BYTES } from './model.js'
import { prettify } from './pretty-json.js'
import { renderTimeline } from './timeline.js'

/**
 * @param {Model} model
 * @param {{ onClose(): void, onInvocation(invocation: string): void }} actions
 */
export function createDetail(model, { onClose, onInvocation }) {
  const box = find('detail', HTMLElement)
  /** @type {Line | undefined} */
  let shown
  /** What was last drawn: redrawing the same would lose what is open or selected in it. */
  let drawn = ''
  let drawnTimeline = ''
  const timeline = el('div', '')

  /** Apart from the rest, because any event of the invocation changes it. @param {Line} line */
  const showTimeline = (line) => {
    const relatives = model.linesOf(line.invocation)
    const statuses = relatives.flatMap((each) => model.requestsOf(each)).map(({ index, status }) => [index, status])
    const key = JSON.stringify([relatives.map(({ id }) => id), statuses])
    if (key === drawnTimeline) return
    drawnTimeline = key
    timeline.replaceChildren(renderTimeline(relatives, model))
  }

  /** @param {Line} line */
  const show = (line) => {
    showTimeline(line)
    const requests = model.requestsOf(line)
    const key = JSON.stringify([line.id, line.acceptedCount, line.problems, line.findings, requests])
    if (key === drawn) return
    if (line.id !== shown?.id) box.scrollTop = 0
    drawn = key
    shown = line
    box.hidden = false
    const close = button('Close', onClose)
    close.title = 'Esc'
    box.replaceChildren(
      el('div', 'title', el('h2', '', `${line.type}  ${line.name}`), close),
      renderActions(line, onInvocation),
      ...renderWrong(line, requests),
      ...renderEvent(line),
      section(requests.length === 1 ? 'Request' : `${requests.length} requests`, ...requests.map(renderRequest)),
      section('Invocation', timeline),
    )
  }
  return {
    show,
    hide: () => {
      box.hidden = true
      box.replaceChildren()
      shown = undefined
      drawn = ''
      drawnTimeline = ''
    },
    isOpen: () => !box.hidden,
  }
}

/**
 * @param {Line} line
 * @param {(invocation: string) => void} onInvocation
 */
function renderActions(line, onInvocation) {
  const actions = el('div', 'group')
  if (line.json !== '') {
    actions.append(copyButton('Copy JSON', () => prettify(line.json)))
  }
  if (isCall(line)) actions.append(copyButton('Copy as test', () => buildTest(line)))
  actions.append(button('Only this invocation', () => onInvocation(line.invocation)))
  return actions
}

/**
 * @param {string} label
 * @param {() => string} build
 */
function copyButton(label, build) {
  const element = button(label, async () => {
    element.textContent = (await copy(build)) ? 'Copied' : 'Copying failed'
    setTimeout(() => {
      element.textContent = label
    }, 1500)
  })
  return element
}

/** False if the browser does not allow it, or the text would be too long. @param {() => string} build */
export async function copy(build) {
  try {
    await navigator.clipboard.writeText(build())
    return true
  } catch {
    return false
  }
}

/**
 * @param {Line} line
 * @param {RequestView[]} requests
 */
function renderWrong(line, requests) {
  // If the event was accepted eventually, its requests show the history.
  const reasons = line.acceptedCount > 0 ? [] : [...new Set(requests.flatMap(({ reason }) => reason ?? []))]
  const items = [
    ...reasons.map((reason) => item('rejected', reason)),
    ...line.problems.map((problem) => item('dropped', problem)),
    ...(line.acceptedCount > 1 ? [item('duplicate', `accepted ${line.acceptedCount} times`)] : []),
    ...line.findings.map(({ rule, path, message }) => item(rule, `${path}: ${message}`)),
  ]
  return items.length === 0 ? [] : [section('What is wrong', el('ul', 'wrong', ...items))]
}

/**
 * @param {string} rule
 * @param {string} message
 */
function item(rule, message) {
  return el('li', '', el('code', '', rule), ` ${message}`)
}

/** @param {Line} line */
function renderEvent({ json, bytes }) {
  if (json === '') return []
  const meter = el('meter', '')
  Object.assign(meter, { min: 0, max: MAX_EVENT_BYTES, high: MAX_EVENT_BYTES * 0.8, optimum: 0, value: bytes })
  const size = `${formatNumber(bytes)} of ${formatNumber(MAX_EVENT_BYTES)} bytes`
  return [section('Event', el('p', 'size', meter, ` ${size}`), el('pre', '', prettify(json)))]
}

/** @param {RequestView} view */
function renderRequest({
  index,
  at,
  method,
  path,
  status,
  retryCount,
  durationMs,
  eventCount,
  bytes,
  encoding,
  key,
  headers,
  reason,
}) {
  const facts = [
    formatTime(at),
    durationMs === undefined ? 'not answered yet' : `${durationMs} ms`,
    `${eventCount} events`,
    `${formatNumber(bytes)} bytes${encoding === 'identity' ? '' : `, ${encoding}`}`,
    `retry ${retryCount}`,
    `key ${key}`,
  ]
  const isFine = typeof status === 'number' && status < 300
  const list = el(
    'dl',
    'headers',
    ...Object.entries(headers).flatMap(([name, value]) => [el('dt', '', name), el('dd', '', value)]),
  )
  return el(
    'div',
    'request',
    el('p', '', el('strong', isFine ? 'is-fine' : 'is-bad', String(status)), ` #${index} ${method} ${path}`),
    el('p', 'facts', facts.join(' · ')),
    ...(reason === undefined ? [] : [el('p', 'facts', reason)]),
    el('details', '', el('summary', '', `${Object.keys(headers).length} headers`), list),
  )
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function section(title, ...children) {
  return el('section', '', el('h3', '', title), ...children)
}
