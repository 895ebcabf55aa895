import { definePlan } from 'analytics-edge/plan'
import { z } from 'zod'

const product = z.object({ product_id: z.string(), name: z.string(), price: z.number() })

/** What the shop sends. It types and checks the calls, and `npm run shop` gives it to the collector, which checks what arrives. */
export const plan = definePlan({
  events: {
    'Product Viewed': product,
    'Order Completed': z.object({
      order_id: z.string(),
      revenue: z.number(),
      currency: z.enum(['EUR', 'USD']),
      products: z.array(product).min(1),
    }),
  },
  traits: z.object({ email: z.email() }),
})
