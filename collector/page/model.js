/** @import { Line, RequestView } from '../journal.ts' */

export const MAX_EVENT_BYTES = 32 * 1024

/**
 * A line with its search text, which is built once per change.
 *
 * @typedef {{ line: Line, text: string }} Entry
 */

/** All lines, newest last. */
export class Model {
  /** @type {Entry[]} */
  entries = []
  /** @type {Map<number, Entry>} */
  #byId = new Map()
  /** @type {Map<number, RequestView>} */
  #requests = new Map()
  keepCount = 10_000

  /** @param {number} keepCount */
  reset(keepCount) {
    this.keepCount = keepCount
    this.entries = []
    this.#byId.clear()
    this.#requests.clear()
  }

  /**
   * @param {{ lines: Line[], requests: RequestView[], firstLine: number }} changes
   * @returns {{ added: Entry[], isChanged: boolean }} `isChanged`: an older line has changed
   */
  apply({ lines, requests, firstLine }) {
    let isChanged = false
    for (const view of requests) {
      isChanged ||= this.#requests.has(view.index)
      this.#requests.set(view.index, view)
    }
    const added = []
    for (const line of lines) {
      const known = this.#byId.get(line.id)
      if (known !== undefined) {
        known.line = line
        known.text = buildText(line)
        isChanged = true
        continue
      }
      const entry = { line, text: buildText(line) }
      this.#byId.set(line.id, entry)
      this.entries.push(entry)
      added.push(entry)
    }
    this.#evict(firstLine)
    return { added, isChanged }
  }

  /** @param {Line} line */
  requestsOf({ attempts }) {
    return attempts.flatMap((index) => this.#requests.get(index) ?? [])
  }

  /** @param {string} invocation */
  linesOf(invocation) {
    return this.entries.filter(({ line }) => line.invocation === invocation).map(({ line }) => line)
  }

  /** The status of each attempt. @param {Line} line */
  statusesOf(line) {
    return this.requestsOf(line).map(({ status }) => status)
  }

  /** Whether its last attempt has failed. @param {Line} line */
  isRejected(line) {
    const status = this.statusesOf(line).at(-1)
    return status !== undefined && status !== 'pending' && !(typeof status === 'number' && status < 300)
  }

  /** @param {Line} line */
  hasProblem(line) {
    const isWrong = line.problems.length > 0 || line.findings.length > 0
    return this.isRejected(line) || isWrong || line.acceptedCount > 1 || line.bytes > MAX_EVENT_BYTES
  }

  /** @param {number} firstLine */
  #evict(firstLine) {
    for (const { line } of this.entries.splice(0, countBefore(this.entries, firstLine))) this.#byId.delete(line.id)
    // A Map lists its keys in insertion order.
    for (const index of this.#requests.keys()) {
      if (this.#requests.size <= this.keepCount) break
      this.#requests.delete(index)
    }
  }
}

/**
 * How many entries the collector has dropped, of those that are in order.
 *
 * @param {Entry[]} entries
 * @param {number} firstLine
 */
export function countBefore(entries, firstLine) {
  const count = entries.findIndex(({ line }) => line.id >= firstLine)
  return count === -1 ? entries.length : count
}

/** @param {Line} line */
function buildText({ json, type, name, invocation, problems, findings }) {
  const found = findings.map(({ rule, path, message }) => `${rule} ${path}: ${message}`)
  return [json, type, name, invocation, ...problems, ...found].join('\n').toLowerCase()
}
