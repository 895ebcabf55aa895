import { client } from '../../../analytics.ts'

interface Props {
  readonly params: Promise<{ id: string }>
  readonly searchParams: Promise<{ user?: string }>
}

/** A server component. It has read `searchParams`, so it is rendered at each request, and tracks at each. */
export default async function Product({ params, searchParams }: Props) {
  const [{ id }, { user = '019mr8mf4r' }] = await Promise.all([params, searchParams])
  client.track({ userId: user, event: 'Product Viewed', properties: { productId: id } })
  return <p>Product {id}</p>
}
