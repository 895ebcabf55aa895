import { gzip } from './gzip.ts'
import type { HTTPClient, HTTPClientRequest, HTTPFetchFn, HTTPFetchRequest, HTTPResponse } from './types.ts'

/** The runtime's `fetch`, or a function that looks like it, as an HTTP client. */
export class FetchHTTPClient implements HTTPClient {
  readonly #client: HTTPClient

  constructor(fetchFn?: HTTPFetchFn) {
    this.#client = toHTTPClient(fetchFn)
  }

  async makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
    return this.#client.makeRequest(request)
  }
}

/** What the setting `httpClient` stands for; without one, bodies may be compressed. */
export function toHTTPClient(setting: HTTPFetchFn | HTTPClient | undefined, isCompressing = false): HTTPClient {
  if (typeof setting === 'object') return setting
  const send = setting ?? (isCompressing ? fetchGzip : fetchGlobal)
  return {
    makeRequest: ({ url, method, headers, body, signal }) =>
      send(url, { method, headers, body, signal, redirect: 'manual' }),
  }
}

/** Looked up at each request, since instrumentation replaces it, and called without a `this`, which workerd refuses. */
function fetchGlobal(url: string, init: HTTPFetchRequest): Promise<HTTPResponse> {
  return fetch(url, init)
}

async function fetchGzip(url: string, init: HTTPFetchRequest): Promise<HTTPResponse> {
  const body = await gzip(init.body)
  return fetch(url, body ? { ...init, headers: { ...init.headers, 'Content-Encoding': 'gzip' }, body } : init)
}
