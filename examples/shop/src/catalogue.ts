export interface Product {
  product_id: string
  name: string
  price: number
}

const PRODUCTS: readonly Product[] = [
  { product_id: 'p-1', name: 'Teapot', price: 24.5 },
  { product_id: 'p-2', name: 'Cup', price: 9.5 },
]

export function listProducts(): readonly Product[] {
  return PRODUCTS
}

export function findProduct(id: string): Product | undefined {
  return PRODUCTS.find(({ product_id }) => product_id === id)
}
