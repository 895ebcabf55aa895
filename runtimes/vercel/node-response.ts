/** What the wrapper needs of the response that a handler of the form `(req, res)` answers by. */
export interface NodeResponse {
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly destroyed: boolean
  once(event: 'finish' | 'close', listener: () => void): unknown
  appendHeader?(name: string, value: string): unknown
}

/** Before the handler runs, as it may send the headers at any time; one that sets cookies of its own replaces it. */
export function appendCookie(response: NodeResponse, cookie: string | undefined): void {
  if (cookie) response.appendHeader?.('Set-Cookie', cookie)
}

export function isNodeResponse(value: unknown): value is NodeResponse {
  // A cast, to look whether it is one.
  const { setHeader, once } = (value ?? {}) as { setHeader?: unknown; once?: unknown }
  return typeof setHeader === 'function' && typeof once === 'function'
}

/** Waits until the caller has all of the response, or never will. */
export function untilResponseEnds(response: NodeResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    for (const event of ['finish', 'close'] as const) response.once(event, resolve)
  })
}
