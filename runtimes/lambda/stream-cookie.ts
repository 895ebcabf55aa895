import { Reporter } from '../../src/index.ts'
import { addToCookies } from './add-cookie.ts'

/** A global of Lambda's runtime: what begins a streamed response with its status and headers. */
interface ResponseStreams {
  from(stream: object, metadata: object): unknown
}

/** The cookies of the responses that have not begun. */
const cookies = new WeakMap<object, string>()
const observed = new WeakSet<ResponseStreams>()

const warn = new Reporter(String).createWarning(
  'setCookie: a streamed response has a place for the cookie only in its metadata: begin it with ' +
    'responseStream = awslambda.HttpResponseStream.from(responseStream, { statusCode: 200 })',
)

/**
 * Adds a cookie to the metadata with which the handler begins its response. Metadata of our own would take the handler's place to set
 * a status or a content type, so without any there is no cookie. Call what it returns at the end: it says so.
 */
export function offerCookie(stream: object, cookie: string | undefined): () => void {
  if (!cookie) return () => {}
  // The cast: Node's types have no such global.
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
