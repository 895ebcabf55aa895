import { Reporter } from '../../src/kit/index.ts'
import { addToCookies } from './add-cookie.ts'

/** A global of Lambda's runtime that starts a streamed response with its status and headers. */
interface ResponseStreams {
  from(stream: object, metadata: object): unknown
}

/** Cookies for responses that have not started. */
const cookies = new WeakMap<object, string>()
const observed = new WeakSet<ResponseStreams>()

const warn = new Reporter(String).createWarning(
  'setCookie: a streamed response can contain the cookie only in its metadata: start it with ' +
    'responseStream = awslambda.HttpResponseStream.from(responseStream, { statusCode: 200 })',
)

/**
 * Adds a cookie to the metadata with which the handler starts its response. Adding metadata of our own would keep the
 * handler from setting a status or content type, so without metadata there is no cookie; the returned function, called
 * at the end, warns about that.
 */
export function offerCookie(stream: object, cookie: string | undefined): () => void {
  if (!cookie) return () => {}
  // The cast: Node's types do not include this global.
  const { awslambda } = globalThis as { awslambda?: { HttpResponseStream?: ResponseStreams } }
  if (awslambda?.HttpResponseStream) observe(awslambda.HttpResponseStream)
  cookies.set(stream, cookie)
  return () => {
    if (cookies.delete(stream)) warn()
  }
}

function observe(streams: ResponseStreams): void {
  if (observed.has(streams)) return
  observed.add(streams)
  const { from } = streams
  streams.from = (stream, metadata) => {
    const cookie = cookies.get(stream)
    cookies.delete(stream)
    return from.call(streams, stream, cookie ? addToCookies(metadata, cookie) : metadata)
  }
}
