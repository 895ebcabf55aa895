/** @import { Line } from '../journal.ts' */

const IDS = ['userId', 'anonymousId']
/**
 * What each call takes. Other fields differ between runs or come from another library, as the `anonymousId` of an alias
 * of analytics.js does, so no test should check them.
 *
 * @type {Record<string, string[]>}
 */
const FIELDS = {
  track: [...IDS, 'event', 'properties'],
  identify: [...IDS, 'traits'],
  page: [...IDS, 'name', 'category', 'properties'],
  screen: [...IDS, 'name', 'category', 'properties'],
  group: [...IDS, 'groupId', 'traits'],
  alias: ['userId', 'previousId'],
}

/** Whether a call creates such an event. @param {Line} line */
export function isCall({ type, json }) {
  return json !== '' && Object.hasOwn(FIELDS, type)
}

/**
 * A complete test for `node --test`: makes the call that was seen, and checks what is tracked. Replace the call with
 * the code that makes it.
 *
 * @param {Line} line
 */
export function buildTest({ type, name, json }) {
  const event = JSON.parse(json)
  const params = pick(event, FIELDS[type] ?? [])
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
 * JSON is a JavaScript literal, except for one key that sets a prototype.
 *
 * @param {unknown} value
 * @param {number} width
 */
function indent(value, width) {
  return JSON.stringify(value, undefined, 2)
    .replaceAll(/\n( *)"__proto__":/g, '\n$1["__proto__"]:')
    .replaceAll('\n', `\n${' '.repeat(width)}`)
}
