import type { OptionalIdentity } from 'analytics-edge'
import type { PlannedScope } from 'analytics-edge/plan'
import { Hono } from 'hono'
import { findProduct, listProducts } from './catalogue.ts'
import { renderProduct, renderProducts, renderThanks } from './pages.ts'
import type { plan } from './plan.ts'

/** The tracking of the request, as index.ts hands it in. */
interface Bindings {
  analytics: PlannedScope<typeof plan, OptionalIdentity>
}

// Calls need no id, because the scope knows the visitor. They are not awaited: events are sent after the response.
export const app = new Hono<{ Bindings: Bindings }>()

app.get('/', (c) => c.html(renderProducts(listProducts())))

app.get('/products/:id', (c) => {
  const product = findProduct(c.req.param('id'))
  if (product === undefined) return c.notFound()
  c.env.analytics.track({ event: 'Product Viewed', properties: product })
  return c.html(renderProduct(product))
})

app.post('/orders', async (c) => {
  const form = await c.req.formData()
  const product = findProduct(String(form.get('product_id')))
  const email = String(form.get('email'))
  if (product === undefined || !email.includes('@')) return c.text('a product and an e-mail address, please\n', 400)

  const orderId = crypto.randomUUID()
  const userId = await findCustomer(email)
  c.env.analytics.identify({ userId, traits: { email } })
  c.env.analytics.track({
    userId,
    event: 'Order Completed',
    properties: { order_id: orderId, revenue: product.price, currency: 'EUR', products: [product] },
  })
  return c.html(renderThanks(orderId), 201)
})

app.get('/health', (c) => c.text('ok'))

/** Stands for a look into the shop's database: the same person has the same id. */
async function findCustomer(email: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(email.toLowerCase()))
  const bytes = [...new Uint8Array(digest).slice(0, 8)]
  return `customer-${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
