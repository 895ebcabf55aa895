import { isPlainObject, type JsonObject } from '../shapes.ts'
import { type Finding, show } from './finding.ts'

/** Numbers in Segment's e-commerce spec: sums are added up, which text cannot be. */
const NUMBERS = ['revenue', 'total', 'subtotal', 'value', 'price', 'tax', 'shipping', 'discount', 'quantity']
/** Names in the spec with more than one word. */
const SNAKE_CASE = [
  'order_id',
  'checkout_id',
  'cart_id',
  'product_id',
  'list_id',
  'promotion_id',
  'coupon_id',
  'coupon_name',
  'wishlist_id',
  'wishlist_name',
  'review_id',
  'review_body',
  'image_url',
  'payment_method',
  'shipping_method',
  'share_via',
  'share_message',
  'experiment_id',
  'experiment_name',
  'variation_id',
  'variation_name',
]
const BY_LETTERS = new Map(SNAKE_CASE.map((name) => [name.replaceAll('_', ''), name]))
const MAX_PRODUCTS = 50
const AMOUNT = /^\D{0,4}\d[\d.,']*\D{0,4}$/
const CURRENCY = /^[A-Z]{3}$/

export function lintProperties(properties: unknown): Finding[] {
  if (!isPlainObject(properties)) return []
  const { products } = properties
  if (!Array.isArray(products)) return lintObject(properties, 'properties')
  const items = products.slice(0, MAX_PRODUCTS)
  return [
    ...lintObject(properties, 'properties'),
    ...items.flatMap((item, index) => (isPlainObject(item) ? lintObject(item, `properties.products[${index}]`) : [])),
  ]
}

function lintObject(object: JsonObject, at: string): Finding[] {
  const texts = NUMBERS.filter((name) => isNumberAsText(name, object[name])).map((name) => {
    const message = `${show(object[name])} is text; the spec wants a number, or nothing is added up`
    return { rule: 'number-as-text', path: `${at}.${name}`, message }
  })
  return [...texts, ...lintNames(object, at), ...lintCurrency(object.currency, at)]
}

/** A `value` or `shipping` may be a word; `revenue` may not. */
function isNumberAsText(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false
  return name === 'revenue' || (value.length < 30 && AMOUNT.test(value))
}

function lintNames(object: JsonObject, at: string): Finding[] {
  return Object.keys(object).flatMap((name) => {
    if (name.length > 30) return []
    const meant = BY_LETTERS.get(name.replaceAll(/[_\s-]/g, '').toLowerCase())
    if (meant === undefined || meant === name) return []
    return [{ rule: 'property-name', path: `${at}.${name}`, message: `the spec calls it ${meant}` }]
  })
}

function lintCurrency(currency: unknown, at: string): Finding[] {
  if (currency === undefined || currency === null || (typeof currency === 'string' && CURRENCY.test(currency)))
    return []
  const message = `${show(currency)}: the spec wants three letters of ISO 4217, such as "USD"`
  return [{ rule: 'currency', path: `${at}.currency`, message }]
}
