/**
 * The page's element with this id.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} Class
 * @returns {T}
 */
export function find(id, Class) {
  const element = document.getElementById(id)
  if (!(element instanceof Class)) throw new Error(`the page has no #${id}`)
  return element
}

/**
 * Text stays text: nothing in an event becomes markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, className, ...children) {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
export function button(label, onClick) {
  const element = el('button', '', label)
  element.type = 'button'
  element.addEventListener('click', onClick)
  return element
}

/** @param {number} count */
export function formatNumber(count) {
  return count.toLocaleString('en')
}

/** The time of day, on this machine's clock. @param {string} iso */
export function formatTime(iso) {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const pad = (/** @type {number} */ value, length = 2) => String(value).padStart(length, '0')
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`
}
