import { createHandOver, type HandOver, type HandOverMessage } from '../../src/index.ts'

export interface MemoryQueue {
  readonly to: HandOver
  readonly bodies: string[]
  readonly calls: (readonly HandOverMessage[])[]
}

/** A queue in memory, with the limits of Cloudflare's, that refuses what it is told to. */
export function createMemoryQueue(
  refuse: (message: HandOverMessage, call: number) => unknown = () => undefined,
  limits = { maxBytes: 127_500, maxCallBytes: 255_000, maxCount: 100 },
): MemoryQueue {
  const bodies: string[] = []
  const calls: (readonly HandOverMessage[])[] = []
  const to = createHandOver({
    ...limits,
    async put(messages) {
      calls.push(messages)
      const reasons = messages.map((message) => refuse(message, calls.length))
      bodies.push(...messages.filter((_, index) => !reasons[index]).map(({ body }) => body))
      return reasons
    },
  })
  return { to, bodies, calls }
}
