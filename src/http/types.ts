// The contract between the SDK and whatever makes its HTTP requests.

/** What the SDK needs of a response's headers: `Headers` fits, and so does a plain object. */
export interface HTTPHeaders {
  get(name: string): string | null
  has(name: string): boolean
  entries(): IterableIterator<[string, unknown]>
}

/** The least of a response that the SDK needs; `Response` fits. */
export interface HTTPResponse {
  status: number
  statusText: string
  // biome-ignore lint/suspicious/noExplicitAny: as in Segment's types, so that the headers of any HTTP library fit
  headers?: Record<string, any> | HTTPHeaders | undefined
  /** The body. It is read even if nobody needs it, since a connection is reused only once its body is consumed. */
  text?: (() => Promise<string>) | undefined
}

/** A request to the Tracking API. */
export interface HTTPClientRequest {
  url: string
  method: 'POST'
  headers: Record<string, string>
  body: string
  /** The body as an object, for clients that serialise it themselves. */
  readonly data?: Record<string, unknown> | undefined
  /** Milliseconds after which the SDK gives up on the request, whatever the client does. */
  httpRequestTimeout: number
  /** Aborts at `httpRequestTimeout`, or earlier at the deadline of a flush. Pass it on where your library takes one. */
  // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
  signal?: any
}

/** What a fetch-like function gets as its second argument. */
export interface HTTPFetchRequest {
  method: 'POST'
  headers: Record<string, string>
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
  signal: any
  /** A redirected POST would silently become an empty GET: it is never followed. */
  redirect?: 'manual'
}

/** A fetch-like function. */
export type HTTPFetchFn = (url: string, init: HTTPFetchRequest) => Promise<HTTPResponse>

/** Makes the SDK's requests. Implement it to use another HTTP library or a proxy. */
export interface HTTPClient {
  makeRequest(request: HTTPClientRequest): Promise<HTTPResponse>
}
