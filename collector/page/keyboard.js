/**
 * Single-key shortcuts, except while typing.
 *
 * @param {Record<string, () => void>} actions by `KeyboardEvent.key`
 */
export function listenToKeys(actions) {
  addEventListener('keydown', (event) => {
    const { key, target } = event
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    const isTyping = target instanceof HTMLInputElement && target.type !== 'checkbox'
    if ((isTyping || target instanceof HTMLSelectElement) && key !== 'Escape') return
    // Enter and space press the focused button.
    const action = Object.hasOwn(actions, key) ? actions[key] : undefined
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
