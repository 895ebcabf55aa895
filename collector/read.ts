import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { isPlainObject } from './shapes.ts'

export const MAX_REQUEST_BYTES = 500 * 1024
/** Far more than any event needs, and safe for recursive functions. */
const MAX_DEPTH = 1000

export interface Rejection {
  readonly ok: false
  readonly status: number
  readonly message: string
}

type Decoded = { readonly ok: true; readonly body: Buffer } | Rejection
type Content = { readonly ok: true; readonly value: unknown } | Rejection

/** A parsed request, not yet checked: a fault may answer it whatever it contains. */
export interface Reading {
  /** The write key in the Authorization header; absent if the header is missing or malformed. */
  readonly headerKey?: string
  /** The OAuth token in the Authorization header. */
  readonly bearer?: string
  /** `writeKey` in the body, of any type. */
  readonly bodyKey: unknown
  readonly content: Content
}

/** The routes of analytics.js accept text, because browsers send it without a preflight request. */
export function readRequest(headers: IncomingHttpHeaders, body: Buffer, takesText = false): Reading {
  const headerKey = parseBasicKey(headers.authorization)
  const bearer = /^Bearer ([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '')?.[1]
  const content = readContent(headers, body, takesText)
  const bodyKey = content.ok && isPlainObject(content.value) ? content.value.writeKey : undefined
  return { ...(headerKey !== undefined && { headerKey }), ...(bearer !== undefined && { bearer }), bodyKey, content }
}

export function reject(status: number, message: string): Rejection {
  return { ok: false, status, message }
}

/** `Basic base64(writeKey + ':')`: the key is the user name, and the password is empty (RFC 7617). */
function parseBasicKey(authorization: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined
  return /^([^:]+):$/.exec(Buffer.from(encoded, 'base64').toString())?.[1]
}

function readContent(headers: IncomingHttpHeaders, body: Buffer, takesText: boolean): Content {
  const type = headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type) && !(takesText && /^text\/plain\s*(;|$)/i.test(type))) {
    return reject(415, 'Content-Type must be application/json')
  }
  const decoded = decode(headers['content-encoding'] ?? 'identity', body)
  if (!decoded.ok) return decoded
  if (isTooDeep(decoded.body)) return reject(400, `nested too deep: at most ${MAX_DEPTH} levels`)
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decoded.body)) }
  } catch {
    return reject(400, 'malformed JSON')
  }
}

/** Counts brackets before anything is parsed. */
function isTooDeep(json: Buffer): boolean {
  let depth = 0
  let isText = false
  for (let index = 0; index < json.length; index++) {
    const byte = json[index]
    if (isText) {
      if (byte === 0x5c) index++
      else if (byte === 0x22) isText = false
    } else if (byte === 0x22) isText = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return true
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return false
}

function decode(encoding: string, body: Buffer): Decoded {
  if (encoding === 'identity') return body.length > MAX_REQUEST_BYTES ? tooLarge() : { ok: true, body }
  if (encoding !== 'gzip') return reject(415, 'Content-Encoding must be gzip or absent')
  try {
    return { ok: true, body: gunzipSync(body, { maxOutputLength: MAX_REQUEST_BYTES }) }
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return isBomb ? tooLarge() : reject(400, 'malformed gzip')
  }
}

function tooLarge(): Rejection {
  return reject(400, `request too large: at most ${MAX_REQUEST_BYTES} bytes`)
}
