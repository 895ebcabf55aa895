import type { Purchase } from './protocol.ts'

const PRODUCTS = ['Espresso Machine', 'Coffee Grinder', 'Milk Jug', 'Water Filter']

/** The event that all are measured with: an order of a shop, as a handler has it from the body of a request. */
export function createPurchase(index: number): Purchase {
  const properties = {
    orderId: `order-${100_000 + index}`,
    cartId: `cart-${(2_654_435_761 * (index + 1)) % 4_294_967_296}`,
    product: `${PRODUCTS[index % PRODUCTS.length]} No. ${index % 1_000}`,
    category: 'Kitchen',
    quantity: 1 + (index % 3),
    revenue: 19.95 + (index % 100),
    currency: 'EUR',
    coupon: 'WELCOME10',
  }
  return JSON.parse(JSON.stringify({ userId: `user-${10_000 + index}`, event: 'Order Completed', properties }))
}
