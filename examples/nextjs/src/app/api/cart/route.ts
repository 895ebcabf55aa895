import { client } from '../../../analytics.ts'
import { takeFromStock } from '../../../stock.ts'

/** `POST /api/cart`, without the wrapper: what it and its helper track is bound to the request all the same. */
export async function POST(request: Request): Promise<Response> {
  const { productId, userId } = await request.json()
  client.track({ userId, event: 'Product Added', properties: { productId } })
  return Response.json({ left: await takeFromStock(productId, userId) })
}
