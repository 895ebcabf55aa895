import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface TrackingApi {
  readonly url: string
  /** How often each message id was accepted. */
  readonly accepted: Map<string, number>
  /** Events of each request that was accepted. */
  readonly sizes: number[]
  requestCount: number
  /** Answers 503 for so long. */
  breakDown(ms: number): void
  /** Answers 500 to this share of the requests. */
  failShare: number
  /** Answers 500 to the next requests. */
  failNext(count: number): void
  /**
   * Never answers the next request. Resolves with its message ids once it is there, and, if 'accepted', has been counted: then only the answer
   * is lost.
   */
  holdNext(as: 'accepted' | 'unread'): Promise<string[]>
  close(): Promise<void>
}

/** A Tracking API that rejects a request with an event named 'poison', and counts. */
export async function startTrackingApi(): Promise<TrackingApi> {
  let downUntil = 0
  let failCount = 0
  let hold: { as: 'accepted' | 'unread'; onHeld: (ids: string[]) => void } | undefined
  const server = createServer(async (request, response) => {
    // The cast: the SDK writes it.
    const { batch } = JSON.parse(await text(request)) as { batch: { messageId: string; event: string }[] }
    api.requestCount++
    const isPoisoned = batch.some(({ event }) => event === 'poison')
    const status =
      Date.now() < downUntil ? 503 : failCount-- > 0 || Math.random() < api.failShare ? 500 : isPoisoned ? 400 : 200
    const held = status === 200 ? hold : undefined
    if (held) hold = undefined
    const ids = batch.map(({ messageId }) => messageId)
    if (held?.as === 'unread') return held.onHeld(ids)
    if (status === 200) {
      api.sizes.push(batch.length)
      for (const messageId of ids) api.accepted.set(messageId, (api.accepted.get(messageId) ?? 0) + 1)
    }
    if (held) return held.onHeld(ids)
    response.writeHead(status).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The cast: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  const api: TrackingApi = {
    url: `http://127.0.0.1:${port}`,
    accepted: new Map(),
    sizes: [],
    requestCount: 0,
    failShare: 0,
    breakDown: (ms) => {
      downUntil = Date.now() + ms
    },
    failNext: (count) => {
      failCount = count
    },
    holdNext: (as) =>
      new Promise((onHeld) => {
        hold = { as, onHeld }
      }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return api
}

export async function until(isTrue: () => boolean, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`it was not so after ${limitMs} ms: ${isTrue}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
