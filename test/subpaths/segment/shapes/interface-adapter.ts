// The application's own port, which the SDK's class satisfies by its structure.
import { Analytics } from 'SDK'

export interface Tracker {
  track(params: { userId: string; event: string; properties?: Record<string, unknown> }): void
  closeAndFlush(): Promise<void>
}

class Orders {
  constructor(private readonly tracker: Tracker) {}

  place(id: string): void {
    this.tracker.track({ userId: 'u1', event: 'Order Placed', properties: { id } })
  }

  end(): Promise<void> {
    return this.tracker.closeAndFlush()
  }
}

const orders = new Orders(new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }))
orders.place('o1')
void orders.end().then((result) => console.log(result))
