/** @import { Line } from '../journal.ts' */

/** What differs from run to run, so that no test should ask for it. */
const VARYING = [
  'messageId',
  'timestamp',
  'sentAt',
  'originalTimestamp',
  'context',
  '_metadata',
  'writeKey',
  'integrations',
]
const VALUES = ['userId', 'anonymousId', 'groupId', 'previousId', 'event', 'name', 'category', 'properties', 'traits']

/**
 * A test that runs as it is, by `node --test`: it makes the call that was seen, and asks for what was sent. The call
 * is there to be replaced by the code that makes it.
 *
 * @param {Line} line
 */
export function buildTest({ type, name, json }) {
  const event = JSON.parse(json)
  const params = pick(event, VALUES)
  const expected = Object.fromEntries(Object.entries({ type, ...event }).filter(([field]) => !VARYING.includes(field)))
  return `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Analytics } from 'analytics-edge'
import { startCollector } from 'analytics-edge-collector'

test(${JSON.stringify(`sends ${type} ${name}`.trim())}, async () => {
  const collector = await startCollector()
  const analytics = new Analytics({ writeKey: 'test', host: collector.url })
  try {
    // Call your code with this client, in place of:
    analytics.${/^(track|identify|page|screen|group|alias)$/.test(type) ? type : 'send'}(${indent(params)})
    await analytics.closeAndFlush()

    const [sent] = collector.events().map(({ event }) => event)
    const expected = ${indent(expected)}
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(sent?.[field], value, field)
  } finally {
    await collector.close()
  }
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

/** JSON is a literal of JavaScript, but for one key that sets a prototype. @param {unknown} value */
function indent(value) {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', '\n    ').replaceAll('"__proto__":', '["__proto__"]:')
}
