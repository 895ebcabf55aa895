import { gzip } from './gzip.ts'
import type { HTTPClient, HTTPClientRequest, HTTPFetchFn, HTTPFetchRequest, HTTPResponse } from './types.ts'

/** For requests that do not come from the SDK and set no timeout. */
const DEFAULT_TIMEOUT_MS = 10_000

/**
 * The runtime's `fetch`, or a function like it, as an HTTP client. It enforces `httpRequestTimeout` on its own.
 *
 * @example
 * new Analytics({ writeKey, httpClient: new FetchHTTPClient(proxyFetch) })
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/#override-the-default-http-client | Segment's library: HTTP client}
 */
export class FetchHTTPClient implements HTTPClient {
  readonly #client: HTTPClient

  constructor(fetchFn?: HTTPFetchFn) {
    this.#client = toHTTPClient(fetchFn)
  }

  /** Rejects with an AbortError if there is no response within `httpRequestTimeout` milliseconds, or when `signal` aborts. */
  async makeRequest(request: HTTPClientRequest): Promise<HTTPResponse> {
    const { signal, httpRequestTimeout = DEFAULT_TIMEOUT_MS } = request
    const controller = new AbortController()
    const abort = () => controller.abort()
    const timer = setTimeout(abort, httpRequestTimeout)
    // Not removed: an abort must still reach the body while it is read. The signal belongs to this one request.
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    try {
      return await this.#client.makeRequest({ ...request, signal: controller.signal })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The client for the setting `httpClient`; without one, bodies may be compressed. */
export function toHTTPClient(setting: HTTPFetchFn | HTTPClient | undefined, isCompressing = false): HTTPClient {
  if (typeof setting === 'object') return setting
  const send = setting ?? (isCompressing ? fetchGzip : fetchGlobal)
  return {
    makeRequest: async ({ url, method, headers, body, signal }) =>
      send(url, { method, headers, body, signal, redirect: 'manual' }),
  }
}

/**
 * Looked up at each request, because instrumentation replaces it, and called without `this`, which workerd rejects.
 * Next's replacement takes part in rendering, so a page would wait for the Tracking API; use the original that it
 * keeps.
 */
function fetchGlobal(url: string, init: Parameters<typeof fetch>[1]): Promise<HTTPResponse> {
  // A cast: only Next knows the property.
  const { _nextOriginalFetch: original = fetch } = fetch as typeof fetch & { _nextOriginalFetch?: typeof fetch }
  return original(url, init)
}

async function fetchGzip(url: string, init: HTTPFetchRequest): Promise<HTTPResponse> {
  const body = await gzip(init.body)
  return fetchGlobal(url, body ? { ...init, headers: { ...init.headers, 'Content-Encoding': 'gzip' }, body } : init)
}
