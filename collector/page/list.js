/** @import { Entry, Model } from './model.js' */
import { el, find, formatNumber, formatTime } from './dom.js'
import { countBefore, MAX_EVENT_BYTES } from './model.js'

/** Rows rendered above and below the visible ones, so that scrolling does not flash. */
const MARGIN_COUNT = 10

/**
 * Only visible rows are in the document, so that 10,000 cost the same as 50.
 *
 * @param {Model} model
 * @param {(entry: Entry) => void} onSelect
 */
export function createList(model, onSelect) {
  const box = find('list', HTMLElement)
  const rows = find('rows', HTMLElement)
  const empty = find('empty', HTMLElement)
  /** @type {Entry[]} */
  let shown = []
  /** @type {Entry | undefined} */
  let selected
  let isFollowing = true
  let isScheduled = false

  const rowHeight = () => Number.parseFloat(getComputedStyle(box).getPropertyValue('--row-height')) || 32

  const render = () => {
    isScheduled = false
    const height = rowHeight()
    rows.style.height = `${shown.length * height}px`
    empty.hidden = shown.length > 0
    if (isFollowing) box.scrollTop = box.scrollHeight
    const start = Math.max(0, Math.floor(box.scrollTop / height) - MARGIN_COUNT)
    const end = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + MARGIN_COUNT)
    rows.replaceChildren(
      ...shown.slice(start, end).map((entry, index) => {
        const row = renderRow(entry, model)
        row.id = `line-${entry.line.id}`
        row.setAttribute('aria-selected', String(entry === selected))
        row.style.transform = `translateY(${(start + index) * height}px)`
        return row
      }),
    )
    if (selected !== undefined) box.setAttribute('aria-activedescendant', `line-${selected.line.id}`)
    else box.removeAttribute('aria-activedescendant')
  }
  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    requestAnimationFrame(render)
  }

  box.addEventListener('scroll', () => {
    isFollowing = box.scrollTop + box.clientHeight >= box.scrollHeight - rowHeight()
    schedule()
  })
  new ResizeObserver(schedule).observe(box)
  rows.addEventListener('click', ({ target }) => {
    const row = target instanceof Element ? target.closest('.row') : null
    const entry = shown.find(({ line }) => `line-${line.id}` === row?.id)
    if (entry !== undefined) select(entry)
  })

  /** @param {Entry} entry */
  const select = (entry) => {
    selected = entry
    isFollowing = false
    reveal(entry)
    onSelect(entry)
    schedule()
  }
  /** @param {Entry} entry */
  const reveal = (entry) => {
    const height = rowHeight()
    const top = shown.indexOf(entry) * height
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight
  }

  return {
    /** @param {Entry[]} entries */
    show: (entries) => {
      shown = entries
      schedule()
    },
    /**
     * @param {Entry[]} entries
     * @param {number} firstLine
     */
    append: (entries, firstLine) => {
      shown.push(...entries)
      const surplus = countBefore(shown, firstLine)
      if (surplus > 0) {
        shown.splice(0, surplus)
        if (!isFollowing) box.scrollTop -= surplus * rowHeight()
      }
      schedule()
    },
    refresh: schedule,
    render,
    /** Moves the selection by this many rows, or to the last row if there is none. @param {number} step */
    move: (step) => {
      const at = selected === undefined ? -1 : shown.indexOf(selected)
      const next = shown[Math.min(Math.max((at === -1 ? shown.length : at) + step, 0), shown.length - 1)]
      if (next !== undefined) select(next)
    },
    unselect: () => {
      selected = undefined
      schedule()
    },
    selected: () => selected,
  }
}

/** `503×2→200` @param {(string | number)[]} statuses */
function formatStatuses(statuses) {
  /** @type {{ status: string | number, count: number }[]} */
  const runs = []
  for (const status of statuses) {
    const last = runs.at(-1)
    if (last?.status === status) last.count++
    else runs.push({ status, count: 1 })
  }
  return runs.map(({ status, count }) => (count === 1 ? status : `${status}×${count}`)).join('→')
}

/**
 * @param {Entry} entry
 * @param {Model} model
 */
function renderRow({ line }, model) {
  const problemCount = line.problems.length + line.findings.length + Number(line.acceptedCount > 1)
  const row = el(
    'div',
    `row${model.hasProblem(line) ? ' is-problem' : ''}`,
    el('time', 'time', formatTime(line.at)),
    el('span', `type type-${/^[a-z]+$/.test(line.type) ? line.type : 'invalid'}`, line.type),
    el('span', 'name', line.name || '–'),
    el('span', 'user', line.user),
    el(
      'span',
      'invocation',
      `${line.invocation.startsWith('request ') ? '' : `${line.invocation} `}#${line.attempts[0]}`,
    ),
    el('span', `status${model.isRejected(line) ? ' is-bad' : ''}`, formatStatuses(model.statusesOf(line))),
    el(
      'span',
      `bytes${line.bytes > MAX_EVENT_BYTES ? ' is-over' : ''}`,
      line.bytes > 0 ? formatNumber(line.bytes) : '',
    ),
    el('span', 'problems', problemCount > 0 ? `⚠ ${problemCount}` : ''),
  )
  row.setAttribute('role', 'option')
  return row
}
