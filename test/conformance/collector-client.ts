import type { Fault, ReceivedEvent, RequestRecord } from '../../collector/index.ts'

export interface CollectorClient {
  readonly url: string
  readonly writeKey: string
  /** What arrived with this write key, in order. */
  events(): Promise<ReceivedEvent[]>
  requests(): Promise<RequestRecord[]>
  /** Has requests with this write key go wrong. */
  fail(fault: Fault): Promise<void>
  /** The same collector seen by another write key. */
  withKey(writeKey: string): CollectorClient
}

/** The collector as one write key sees it, over its control endpoints: it may run in another process. */
export function createCollectorClient(url: string, writeKey: string): CollectorClient {
  const list = async <Row>(what: string): Promise<Row[]> => {
    const response = await fetch(`${url}/_/${what}?writeKey=${encodeURIComponent(writeKey)}`)
    // A cast: what the endpoint answers is the type that the collector declares.
    return (await response.json()) as Row[]
  }
  return {
    url,
    writeKey,
    events: () => list<ReceivedEvent>('events'),
    requests: () => list<RequestRecord>('requests'),
    fail: async (fault) => {
      const response = await fetch(`${url}/_/faults`, { method: 'POST', body: JSON.stringify({ ...fault, writeKey }) })
      const answer = await response.text()
      if (!response.ok) throw new Error(`the collector refused the fault: ${answer}`)
    },
    withKey: (otherKey) => createCollectorClient(url, otherKey),
  }
}
