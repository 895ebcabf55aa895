// Requests to the example Worker whose events come from elsewhere than its `fetch` handler.
import type { DemoRequest } from './steps.ts'

/** A helper tracks on the client itself, which joins the invocation that calls it. */
export function viewProduct(id: string): DemoRequest {
  const expectedEvents = ['track Product Viewed', 'track Stock Checked']
  return { ...get('/product', id), expectedStatus: 200, expectedEvents, together: expectedEvents }
}

/** A Durable Object tracks in the course of a call by RPC, and calls the same helper. */
export function addToCart(id: string): DemoRequest {
  const expectedEvents = ['track Product Added', 'track Stock Checked']
  return { ...get('/cart', id), expectedStatus: 200, expectedEvents, together: expectedEvents }
}

/** The consumer of a queue gets the message twice, and tracks under its id each time. */
export function placeRetriedOrder(id: string): DemoRequest {
  return {
    ...get('/orders', id, '&retry'),
    expectedStatus: 201,
    expectedEvents: ['track Order Placed', 'track Order Shipped'],
    repeatedEvents: ['track Order Shipped'],
  }
}

function get(path: string, id: string, query = ''): Pick<DemoRequest, 'method' | 'path' | 'id'> {
  return { method: 'GET', path: `${path}?user=${id}${query}`, id }
}
