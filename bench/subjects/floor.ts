import type { Subject, SubjectClient, SubjectSettings } from '../protocol.ts'
import { toSubject } from './to-subject.ts'

const MAX_CONCURRENT_REQUESTS = 4
const HEADERS = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('bench:')}` }
const LIBRARY = { name: 'analytics-edge', version: '0.1.0' }
const METADATA = { jsRuntime: 'node', nodeVersion: process.version }

/** The least that can be done: one JSON.stringify an event, one native fetch a batch. No retry, no limit, no outcome reported. */
function createClient({ host, flushAt }: SubjectSettings): SubjectClient {
  let events: string[] = []
  const batches: string[][] = []
  const lanes = new Set<Promise<void>>()
  const send = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const body = `{"batch":[${batch.join(',')}],"writeKey":"bench","sentAt":"${new Date().toISOString()}"}`
      await (await fetch(`${host}/v1/batch`, { method: 'POST', headers: HEADERS, body })).text()
    }
  }
  const flush = () => {
    if (events.length > 0) batches.push(events)
    events = []
    if (lanes.size === MAX_CONCURRENT_REQUESTS || batches.length === 0) return
    const lane: Promise<void> = send().finally(() => lanes.delete(lane))
    lanes.add(lane)
  }
  return {
    track({ userId, event, properties }) {
      const messageId = crypto.randomUUID()
      const context = { library: LIBRARY }
      const rest = {
        timestamp: new Date().toISOString(),
        context,
        integrations: {},
        _metadata: METADATA,
        event,
        properties,
      }
      events.push(JSON.stringify({ type: 'track', userId, messageId, ...rest }))
      if (events.length >= flushAt) flush()
    },
    async close() {
      flush()
      while (lanes.size > 0) await Promise.all(lanes)
    },
  }
}

export const floor: Subject = toSubject(createClient)
