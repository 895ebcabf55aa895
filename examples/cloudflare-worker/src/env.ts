import type { Cart } from './cart.ts'

export interface Order {
  id: string
  userId: string
  /** Has the consumer ask for the message once more. */
  isRetried: boolean
}

// In your own project, `wrangler types` writes this: the bindings, for handlers and for `import { env } from 'cloudflare:workers'`.
declare global {
  namespace Cloudflare {
    interface Env {
      /** A secret, which may be missing. */
      SEGMENT_WRITE_KEY?: string
      /** Base URL of the Tracking API; without one it is Segment's. */
      SEGMENT_HOST?: string
      CARTS: DurableObjectNamespace<Cart>
      ORDERS: Queue<Order>
    }
  }
}
