/** @import { Entry } from './model.js' */
/** @import { Filter } from './filter.js' */
import { buildTest, isCall } from './copy-as-test.js'
import { copy, createDetail } from './detail.js'
import { find, formatNumber } from './dom.js'
import { createFaults } from './faults.js'
import { createMatcher, NO_FILTER } from './filter.js'
import { listenToKeys } from './keyboard.js'
import { createList } from './list.js'
import { Model } from './model.js'

const RECONNECT_MS = 2000

const model = new Model()
/** @type {Filter} */
let filter = { ...NO_FILTER }
let isPaused = false
let missedCount = 0
/** The last line that a paused list has. */
let lastId = Number.POSITIVE_INFINITY

const search = find('search', HTMLInputElement)
const pauseButton = find('pause', HTMLButtonElement)
const invocationButton = find('invocation', HTMLButtonElement)
const onlyProblems = find('problems', HTMLInputElement)
const connection = find('connection', HTMLOutputElement)
const help = find('keys', HTMLDialogElement)
const faults = createFaults()
const list = createList(model, ({ line }) => detail.show(line))
const detail = createDetail(model, { onClose: close, onInvocation: (invocation) => setFilter({ invocation }) })

find('host', HTMLElement).textContent = `host: '${location.origin}'`

/** @param {Partial<Filter>} changes */
function setFilter(changes) {
  performance.mark('search')
  filter = { ...filter, ...changes }
  invocationButton.hidden = filter.invocation === ''
  invocationButton.textContent = `${filter.invocation} ✕`
  const matches = createMatcher(filter, model)
  list.show(model.entries.filter((entry) => entry.line.id <= lastId && matches(entry)))
  list.render()
  showCount()
  performance.measure('search', 'search')
}

function showCount() {
  const problemCount = model.entries.reduce((count, { line }) => count + Number(model.hasProblem(line)), 0)
  const missed = missedCount > 0 ? ` · paused, ${formatNumber(missedCount)} new` : isPaused ? ' · paused' : ''
  find('count', HTMLOutputElement).textContent =
    `${formatNumber(model.entries.length)} events · ${formatNumber(problemCount)} with problems${missed}`
}

let isCountScheduled = false
function scheduleCount() {
  if (isCountScheduled) return
  isCountScheduled = true
  setTimeout(() => {
    isCountScheduled = false
    showCount()
  }, 200)
}

function togglePause() {
  isPaused = !isPaused
  missedCount = 0
  lastId = isPaused ? (model.entries.at(-1)?.line.id ?? 0) : Number.POSITIVE_INFINITY
  pauseButton.setAttribute('aria-pressed', String(isPaused))
  pauseButton.textContent = isPaused ? 'Go on' : 'Pause'
  setFilter({})
}

function close() {
  if (detail.isOpen()) find('list', HTMLElement).focus()
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  detail.hide()
  list.unselect()
}

function connect() {
  const source = new EventSource('/_/live')
  source.addEventListener('open', () => setConnection('live'))
  source.addEventListener('error', () => {
    setConnection('not connected, trying again')
    // A browser tries again only if there was no answer.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS)
  })
  source.addEventListener('faults', ({ data }) => faults.show(JSON.parse(data)))
  source.addEventListener('reset', ({ data }) => {
    model.reset(JSON.parse(data).keepCount)
    missedCount = 0
    if (isPaused) lastId = 0
    close()
    setFilter({})
  })
  source.addEventListener('changes', ({ data }) => {
    const changes = JSON.parse(data)
    const { added, isChanged } = model.apply(changes)
    if (isPaused) missedCount += added.length
    else showChanges(added, isChanged, changes.firstLine)
    scheduleCount()
  })
}

/**
 * @param {Entry[]} added
 * @param {boolean} isChanged
 * @param {number} firstLine
 */
function showChanges(added, isChanged, firstLine) {
  const matches = createMatcher(filter, model)
  // A response or a slow schema can reveal a problem with an event that had none.
  if (isChanged && (filter.onlyProblems || filter.text !== '')) list.show(model.entries.filter(matches))
  else list.append(added.filter(matches), firstLine)
  scheduleDetail()
}

let isDetailScheduled = false
/** Once per frame: messages may come faster than it is drawn. */
function scheduleDetail() {
  if (isDetailScheduled) return
  isDetailScheduled = true
  requestAnimationFrame(() => {
    isDetailScheduled = false
    const selected = list.selected()
    if (selected !== undefined && detail.isOpen()) detail.show(selected.line)
  })
}

/** @param {string} state */
function setConnection(state) {
  connection.textContent = state
  connection.classList.toggle('is-live', state === 'live')
}

function clear() {
  void fetch('/_/received', { method: 'DELETE' })
}

find('filters', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault())
search.addEventListener('input', () => setFilter({ text: search.value }))
find('user', HTMLInputElement).addEventListener('input', ({ target }) => {
  if (target instanceof HTMLInputElement) setFilter({ user: target.value })
})
find('type', HTMLSelectElement).addEventListener('change', ({ target }) => {
  if (target instanceof HTMLSelectElement) setFilter({ type: target.value })
})
onlyProblems.addEventListener('change', () => setFilter({ onlyProblems: onlyProblems.checked }))
invocationButton.addEventListener('click', () => setFilter({ invocation: '' }))
pauseButton.addEventListener('click', togglePause)
find('clear', HTMLButtonElement).addEventListener('click', clear)
find('help', HTMLButtonElement).addEventListener('click', () => help.showModal())

listenToKeys({
  '/': () => search.focus(),
  j: () => list.move(1),
  ArrowDown: () => list.move(1),
  k: () => list.move(-1),
  ArrowUp: () => list.move(-1),
  g: () => list.move(Number.NEGATIVE_INFINITY),
  G: () => list.move(Number.POSITIVE_INFINITY),
  o: () => onlyProblems.click(),
  p: togglePause,
  C: clear,
  '?': () => help.showModal(),
  Escape: close,
  t: () => {
    const selected = list.selected()
    if (selected !== undefined && isCall(selected.line)) void copy(() => buildTest(selected.line))
  },
})

connect()
