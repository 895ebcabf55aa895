import { html } from 'hono/html'
import type { Product } from './catalogue.ts'

type Page = ReturnType<typeof html>

export function renderProducts(products: readonly Product[]): Page {
  return render(
    html`<ul>${products.map(({ product_id, name }) => html`<li><a href="/products/${product_id}">${name}</a></li>`)}</ul>`,
  )
}

export function renderProduct({ product_id, name, price }: Product): Page {
  return render(html`<h2>${name}, ${price.toFixed(2)} EUR</h2>
    <form method="post" action="/orders">
      <input type="hidden" name="product_id" value="${product_id}">
      <label>E-mail <input type="email" name="email" value="ada@example.com" required></label>
      <button>Buy</button>
    </form>`)
}

export function renderThanks(orderId: string): Page {
  return render(html`<p>Thank you. This is order ${orderId}.</p>`)
}

function render(content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shop</title>
      <link rel="icon" href="data:,">
      <body><h1><a href="/">Shop</a></h1>${content}</body>
    </html>`
}
