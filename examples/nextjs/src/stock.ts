import { client } from './analytics.ts'

/** A helper, deep inside the app: it knows neither the request nor a scope. */
export async function takeFromStock(productId: string, userId: string): Promise<number> {
  // Stands for a request to the warehouse.
  await new Promise((resolve) => setTimeout(resolve, 20))
  client.track({ userId, event: 'Stock Reserved', properties: { productId } })
  return 41
}
