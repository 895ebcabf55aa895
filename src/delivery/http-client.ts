import type { HTTPClient, HTTPClientRequest, HTTPFetchFn, HTTPFetchRequest, HTTPResponse } from '../http.ts'
import { gzip } from '../lib/gzip.ts'

/** The default client: the runtime's `fetch`, or a function that looks like it. */
export class FetchHTTPClient implements HTTPClient {
  readonly #fetch: HTTPFetchFn

  // The global is looked up at each request, since instrumentation replaces it, and called as a plain function,
  // since workerd refuses a fetch that has a `this`.
  constructor(fetchFn: HTTPFetchFn = (url, init) => fetch(url, { ...init, redirect: 'manual' })) {
    this.#fetch = fetchFn
  }

  async makeRequest({ url, method, headers, body, signal }: HTTPClientRequest): Promise<HTTPResponse> {
    const send = this.#fetch
    return send(url, { method, headers, body, signal, redirect: 'manual' })
  }
}

/** What the setting `httpClient` stands for; without one, bodies may be compressed. */
export function toHTTPClient(setting: HTTPFetchFn | HTTPClient | undefined, isCompressing = false): HTTPClient {
  return typeof setting === 'object' ? setting : new FetchHTTPClient(setting ?? (isCompressing ? fetchGzip : undefined))
}

async function fetchGzip(url: string, { method, headers, body, signal }: HTTPFetchRequest): Promise<HTTPResponse> {
  const compressed = await gzip(body)
  const content = compressed
    ? { headers: { ...headers, 'Content-Encoding': 'gzip' }, body: compressed }
    : { headers, body }
  return fetch(url, { method, ...content, signal, redirect: 'manual' })
}
