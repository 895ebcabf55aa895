import { DOCUMENTED_CALLS } from '../../examples/documented-calls.ts'
import { addToCart, placeRetriedOrder, viewProduct } from './example-requests.ts'

/** One request of the demo, and what must come of it. */
export interface DemoRequest {
  readonly method: 'GET' | 'POST'
  /** Where it goes, in a demo of several. */
  readonly host?: string
  readonly path: string
  readonly body?: object
  readonly expectedStatus: number
  /** In `userId` or `messageId` of each event of this request, and of no other: it identifies them. */
  readonly id: string
  /** As `labelEvent` names them. */
  readonly expectedEvents: readonly string[]
  /** Those of them that must come in one request to the API. */
  readonly together?: readonly string[]
  /** Those of them that come once more under the same id, by which Segment counts them once. */
  readonly repeatedEvents?: readonly string[]
}

/** A line of the demo: requests that are made at once. */
export interface DemoStep {
  readonly title: string
  readonly requests: readonly DemoRequest[]
  readonly note?: string
}

const BURST_COUNT = 20
const VISIT_EVENTS = ['identify', 'page Home', 'track Visited']

export function listSteps(runId: string): DemoStep[] {
  return [...listCalls(runId).map((request) => toStep(request)), ...routeSteps(runId), burstStep(runId)]
}

/** Each documented call, one request each. */
export function listCalls(runId: string): DemoRequest[] {
  return DOCUMENTED_CALLS.map(({ call, params }, index) => {
    const id = `${runId}-call-${index}`
    const body = { ...params, messageId: id }
    const expectedEvents = [labelEvent({ ...body, type: call })]
    return { method: 'POST', path: `/${call}`, body, expectedStatus: 202, id, expectedEvents }
  })
}

function routeSteps(runId: string): DemoStep[] {
  const get = (path: string, expectedStatus: number, expectedEvents: string[], note?: string): DemoStep => {
    const id = `${runId}-${path.slice(1)}`
    return toStep({ method: 'GET', path: `${path}?user=${id}`, expectedStatus, id, expectedEvents }, note)
  }
  const timeMs = Date.now()
  return [
    get('/visit', 200, VISIT_EVENTS),
    get('/stream', 200, ['track Countdown Started', 'track Countdown Finished'], 'the second after the response began'),
    get('/error', 500, ['track Checkout Started'], 'the handler throws'),
    get('/await', 200, ['track Terms Accepted'], 'awaits the delivery'),
    toStep(viewProduct(`${runId}-product`), 'the second from a helper, in the same request to the API'),
    toStep(addToCart(`${runId}-cart`), 'from a Durable Object and the helper, in one request as well'),
    get('/orders', 201, ['track Order Placed', 'track Order Shipped'], 'the second from the queue'),
    toStep(placeRetriedOrder(`${runId}-retried`), 'a message that is delivered twice: one id, one event'),
    {
      title: 'cron',
      note: 'ends with what it gave to waitUntil',
      requests: [
        {
          method: 'GET',
          path: `/cdn-cgi/handler/scheduled?cron=0+6+*+*+*&time=${timeMs}`,
          expectedStatus: 200,
          id: `report-${timeMs}`,
          expectedEvents: ['track Report Sent'],
        },
      ],
    },
  ]
}

function burstStep(runId: string): DemoStep {
  const requests = Array.from({ length: BURST_COUNT }, (_, index): DemoRequest => {
    const id = `${runId}-burst-${index}`
    return { method: 'GET', path: `/visit?user=${id}`, expectedStatus: 200, id, expectedEvents: VISIT_EVENTS }
  })
  return { title: `GET  /visit × ${BURST_COUNT}`, requests, note: 'at once' }
}

function toStep(request: DemoRequest, note?: string): DemoStep {
  const title = `${request.method.padEnd(4)} ${request.path.split('?', 1)[0]}`
  return { title, requests: [request], ...(note !== undefined && { note }) }
}

/** `track Item Purchased`: the type, and the name where the event has one. */
export function labelEvent(event: Readonly<Record<string, unknown>>): string {
  const name = event.event ?? event.name ?? event.groupId ?? event.previousId
  return name === undefined ? String(event.type) : `${event.type} ${name}`
}
