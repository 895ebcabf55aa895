import { forbidsCookie, toHeaderRecord, tryTo } from '../../src/kit/index.ts'

/** The parts that the wrapper needs of the response in a handler of the form `(req, res)`. */
export interface NodeResponse {
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  readonly destroyed: boolean
  once(event: 'finish' | 'close', listener: () => void): unknown
  getHeader?(name: string): unknown
  appendHeader?(name: string, value: string): unknown
  writeHead?(...args: unknown[]): unknown
}

/**
 * Adds the cookie when the headers are sent: until then, the handler may set cookies itself or make the response
 * cacheable.
 */
export function offerCookie(response: NodeResponse, cookie: string | undefined): void {
  const { writeHead } = response
  if (!cookie || !writeHead) return
  response.writeHead = (...args) => {
    response.writeHead = writeHead
    const given = toHeaderRecord(args.at(-1))
    const read = (name: string) => [response.getHeader?.(name), given[name]].flat().filter(Boolean).join(', ')
    // A response that accepts no cookie goes without.
    tryTo(() => forbidsCookie(read) || response.appendHeader?.('Set-Cookie', cookie))
    return writeHead.apply(response, args)
  }
}

export function isNodeResponse(value: unknown): value is NodeResponse {
  // A cast, to inspect the value.
  const { setHeader, once } = (value ?? {}) as { setHeader?: unknown; once?: unknown }
  return typeof setHeader === 'function' && typeof once === 'function'
}

/** Waits until the caller has the whole response, or never will. */
export function untilResponseEnds(response: NodeResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    for (const event of ['finish', 'close'] as const) response.once(event, resolve)
  })
}
