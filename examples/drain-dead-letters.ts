// Sends the events of a file: lines of JSON, each a message of a dead-letter queue, an event or an array of events.
//   SEGMENT_WRITE_KEY=… node examples/drain-dead-letters.ts messages.jsonl
// From SQS:  aws sqs receive-message --queue-url … --max-number-of-messages 10 | jq -r '.Messages[].Body' > messages.jsonl
// From R2:   npx wrangler r2 object get BUCKET/messages.jsonl --remote --file messages.jsonl
// Without a file, it reads standard input. Undelivered events are written to standard output in the same format: keep it, and run the script on it again.
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { Analytics, readHandedOver, type SegmentEvent } from 'analytics-edge'

/** Far less than fits into a client's queue. */
const CHUNK = 10_000
const [, , file] = process.argv
const { SEGMENT_WRITE_KEY = '', SEGMENT_HOST } = process.env
const analytics = new Analytics({ writeKey: SEGMENT_WRITE_KEY, host: SEGMENT_HOST, flushAt: 2_500 })
const input = file ? await readFile(file, 'utf8') : await text(process.stdin)
const lines = input.split('\n').filter((line) => line.trim() !== '')

let deliveredCount = 0
let leftCount = 0
const keep = (kept: unknown) => {
  leftCount++
  console.log(JSON.stringify(kept))
}
const events: SegmentEvent[] = []
for (const line of lines) {
  const own = readEvents(line)
  if (own) {
    events.push(...own)
  } else {
    console.error('no events in this line, so it is kept:', line.slice(0, 80))
    leftCount++
    console.log(line)
  }
}
for (let start = 0; start < events.length; start += CHUNK) {
  const chunk = events.slice(start, start + CHUNK)
  const outcomes = await analytics.send(chunk, { plugins: false })
  for (const [index, { status, error }] of outcomes.entries()) {
    if (status === 'delivered') deliveredCount++
    else {
      console.error(error?.code, error?.message)
      keep(chunk[index])
    }
  }
}
console.error(`${deliveredCount} events delivered, ${leftCount} lines left`)
process.exitCode = leftCount === 0 ? 0 : 1

function readEvents(line: string): readonly SegmentEvent[] | undefined {
  try {
    const value: unknown = JSON.parse(line)
    // The casts: `send()` checks each event.
    if (Array.isArray(value)) return value as SegmentEvent[]
    const isEvent = typeof value === 'object' && value !== null && 'type' in value
    return isEvent ? [value as SegmentEvent] : readHandedOver(value)
  } catch {
    return undefined
  }
}
