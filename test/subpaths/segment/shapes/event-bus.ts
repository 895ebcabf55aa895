// Handlers of an event bus, in a record of functions that return void.

import { Analytics } from 'SDK'
import { EventEmitter } from 'node:events'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const bus = new EventEmitter()
const handlers: Record<string, (userId: string) => void> = {
  signup: (userId) => analytics.identify({ userId }),
  purchase: (userId) => analytics.track({ userId, event: 'Purchased' }),
}
for (const [name, handler] of Object.entries(handlers)) bus.on(name, handler)
bus.emit('signup', 'u1')
bus.emit('purchase', 'u1')
bus.on('end', () => analytics.closeAndFlush())
bus.emit('end')
