import { button, find } from './dom.js'

const FAULTS = [
  { label: 'Down', fault: { status: 503 }, title: 'Every request gets 503' },
  { label: 'Slow', fault: { delayMs: 3000 }, title: 'Every answer takes 3 seconds' },
  { label: '429', fault: { retryAfter: 2 }, title: 'Every request gets 429 with Retry-After: 2' },
  { label: 'Poison', fault: { poison: true }, title: 'The next event is poison: each request that has it gets 400' },
]

/** Buttons that stay pressed while the API fails. */
export function createFaults() {
  const box = find('faults', HTMLElement)
  /** @type {{ id: string, fault: object }[]} */
  let armed = []
  const buttons = FAULTS.map(({ label, fault, title }) => {
    const key = JSON.stringify(fault)
    const element = button(label, () =>
      toggle(
        fault,
        armed.filter((each) => JSON.stringify(each.fault) === key),
      ),
    )
    element.title = title
    element.setAttribute('aria-pressed', 'false')
    box.append(element)
    return { element, key }
  })
  return {
    /** @param {{ id: string, fault: object }[]} faults */
    show: (faults) => {
      armed = faults
      const keys = faults.map(({ fault }) => JSON.stringify(fault))
      for (const { element, key } of buttons) element.setAttribute('aria-pressed', String(keys.includes(key)))
    },
  }
}

/**
 * @param {object} fault
 * @param {{ id: string }[]} armed
 */
async function toggle(fault, armed) {
  if (armed.length === 0) await fetch('/_/faults', { method: 'POST', body: JSON.stringify(fault) })
  for (const { id } of armed) await fetch(`/_/faults/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
