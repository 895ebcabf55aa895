// The contract between the SDK and whatever makes its HTTP requests.

/** The part of a response's headers that the SDK needs: `Headers` fits, and so does a plain object. */
export interface HTTPHeaders {
  get(name: string): string | null
  has(name: string): boolean
  entries(): IterableIterator<[string, unknown]>
}

/** The part of a response that the SDK needs; `Response` fits. */
export interface HTTPResponse {
  status: number
  statusText: string
  // biome-ignore lint/suspicious/noExplicitAny: as in Segment's types, so that the headers of any HTTP library fit
  headers?: Record<string, any> | HTTPHeaders | undefined
  /** Returns the body. The SDK always reads it, because a connection is reused only once its body is consumed. */
  text?: (() => Promise<string>) | undefined
}

/** A request to the Tracking API. */
export interface HTTPClientRequest {
  url: string
  method: 'POST'
  headers: Record<string, string>
  body: string
  /** The body as an object, for clients that serialize it themselves. */
  readonly data?: Record<string, unknown> | undefined
  /** Milliseconds after which the SDK aborts the request, whatever the client does. */
  httpRequestTimeout: number
  /** Aborts at `httpRequestTimeout`, or earlier at the deadline of a flush. Pass it to your library if it accepts one. */
  // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
  signal?: any
}

/** The second argument of a fetch-like function. */
export interface HTTPFetchRequest {
  method: 'POST'
  headers: Record<string, string>
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
  signal: any
  /** A redirected POST would silently become an empty GET, so redirects are never followed. */
  redirect?: 'manual'
}

/** A fetch-like function. */
export type HTTPFetchFn = (url: string, init: HTTPFetchRequest) => Promise<HTTPResponse>

/** Makes the SDK's requests. Implement it to use another HTTP library or a proxy. */
export interface HTTPClient {
  makeRequest(request: HTTPClientRequest): Promise<HTTPResponse>
}
