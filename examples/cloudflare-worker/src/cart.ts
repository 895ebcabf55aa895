import { DurableObject } from 'cloudflare:workers'
import { type Scope, withAnalytics } from 'analytics-edge/workers'
import { analytics } from './analytics.ts'
import { checkStock } from './stock.ts'

class CartObject extends DurableObject {
  /** The scope of the running call, provided by `withAnalytics`. */
  declare protected readonly analytics: Scope

  /** Called by RPC. Each call is its own invocation. */
  async add(userId: string, productId: string): Promise<number> {
    const count = ((await this.ctx.storage.get<number>(productId)) ?? 0) + 1
    await this.ctx.storage.put(productId, count)
    this.analytics.track({ userId, event: 'Product Added', properties: { productId, count } })
    await checkStock(userId, productId)
    return count
  }
}

export const Cart = withAnalytics(analytics, CartObject)
export type Cart = CartObject
