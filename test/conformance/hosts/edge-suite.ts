// Runs one case a request, `/?case=<name>&collector=<url>`, as a function on Vercel's edge runtime does.
import * as lib from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { runOne } from '../run-all.ts'

interface FetchEvent {
  readonly request: { readonly url: string }
  respondWith(response: Promise<Response>): void
}

// Cases in which the user's own code throws make the library log it.
console.error = console.warn = () => {}

// A cast: the runtime's own types declare no globals.
const { addEventListener } = globalThis as unknown as {
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
}
addEventListener('fetch', (event) => {
  const { searchParams } = new URL(event.request.url)
  const options = {
    lib,
    fromRequest,
    collectorUrl: searchParams.get('collector') ?? '',
    metadata: { jsRuntime: 'vercel-edge' },
  }
  event.respondWith(runOne(searchParams.get('case'), options).then((result) => Response.json(result)))
})
