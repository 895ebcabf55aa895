import { refusesCookie, toHeaderRecord, tryTo } from '../../src/index.ts'

/** What the wrapper needs of the response that a handler of the form `(req, res)` answers by. */
export interface NodeResponse {
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly destroyed: boolean
  once(event: 'finish' | 'close', listener: () => void): unknown
  getHeader?(name: string): unknown
  appendHeader?(name: string, value: string): unknown
  writeHead?(...args: unknown[]): unknown
}

/** Adds the cookie when the headers are sent: until then, the handler may set cookies of its own, or let a cache keep the response. */
export function offerCookie(response: NodeResponse, cookie: string | undefined): void {
  const { writeHead } = response
  if (!cookie || !writeHead) return
  response.writeHead = (...args) => {
    response.writeHead = writeHead
    const given = toHeaderRecord(args.at(-1))
    const read = (name: string) => [response.getHeader?.(name), given[name]].flat().filter(Boolean).join(', ')
    // What takes no cookie does without.
    tryTo(() => refusesCookie(read) || response.appendHeader?.('Set-Cookie', cookie))
    return writeHead.apply(response, args)
  }
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
