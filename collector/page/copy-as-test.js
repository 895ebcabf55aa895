/** @import { Line } from '../journal.ts' */

const CALLS = ['track', 'identify', 'page', 'screen', 'group', 'alias']
/** Other fields differ from run to run, so that no test should ask for them. */
const VALUES = ['userId', 'anonymousId', 'groupId', 'previousId', 'event', 'name', 'category', 'properties', 'traits']

/** Whether there is a call that makes such an event. @param {Line} line */
export function isCall({ type, json }) {
  return json !== '' && CALLS.includes(type)
}

/**
 * A test that runs as it is, by `node --test`: it makes the call that was seen, and asks for what is tracked. The call
 * is there to be replaced by the code that makes it.
 *
 * @param {Line} line
 */
export function buildTest({ type, name, json }) {
  const event = JSON.parse(json)
  const params = pick(event, VALUES)
  return `import { test } from 'node:test'
import { assertTracked, createTestAnalytics } from 'analytics-edge/testing'

test(${JSON.stringify(`sends ${type} ${name}`.trim())}, async () => {
  const capture = createTestAnalytics()
  // Call your code with this client, in place of:
  capture.analytics.${type}(${indent(params, 2)})

  await capture.settled()
  assertTracked(capture, ${indent({ type, ...params }, 2)})
})
`
}

/**
 * @param {Record<string, unknown>} event
 * @param {string[]} fields
 */
function pick(event, fields) {
  const entries = fields.map((field) => [field, event[field]])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null))
}

/**
 * JSON is a literal of JavaScript, but for one key that sets a prototype.
 *
 * @param {unknown} value
 * @param {number} width
 */
function indent(value, width) {
  return JSON.stringify(value, undefined, 2)
    .replaceAll(/\n( *)"__proto__":/g, '\n$1["__proto__"]:')
    .replaceAll('\n', `\n${' '.repeat(width)}`)
}
