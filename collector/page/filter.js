/** @import { Entry, Model } from './model.js' */

/**
 * @typedef {{ text: string, type: string, user: string, onlyProblems: boolean, invocation: string }} Filter
 */

/** @type {Filter} */
export const NO_FILTER = { text: '', type: '', user: '', onlyProblems: false, invocation: '' }

/**
 * @param {Filter} filter
 * @param {Model} model
 * @returns {(entry: Entry) => boolean}
 */
export function createMatcher({ text, type, user, onlyProblems, invocation }, model) {
  const wanted = spell(text.trim().toLowerCase())
  const wantedUser = user.trim().toLowerCase()
  return (entry) => {
    const { line } = entry
    if (type !== '' && line.type !== type) return false
    if (invocation !== '' && line.invocation !== invocation) return false
    if (wantedUser !== '' && !`${line.user}\n${line.anonymousId ?? ''}`.toLowerCase().includes(wantedUser)) return false
    if (!wanted.some((each) => entry.text.includes(each))) return false
    return !onlyProblems || model.hasProblem(line)
  }
}

/**
 * A text as JSON has it: within a string, or copied from the indented event.
 *
 * @param {string} text
 */
function spell(text) {
  return [...new Set([text, JSON.stringify(text).slice(1, -1), text.replaceAll('": ', '":')])]
}
