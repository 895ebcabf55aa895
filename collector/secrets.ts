import type { IncomingHttpHeaders } from 'node:http'
import { isPlainObject } from './shapes.ts'

/** Credentials have many names, and each vendor has its own. */
const SECRET_HEADER =
  /auth|token|secret|cookie|key|passw|pwd|credential|session|jwt|signature|assertion|protection-bypass|csrf|xsrf|dpop|\b(sid|sig|otp)\b/
const SCHEME = /^(Basic|Bearer) /i
/** What `referer` and the headers of proxies have. */
const URL_OR_PATH = /^([a-z][\w+.-]*:\/)?\//i
const USER_INFO = /(:\/\/).*@/
/** Paths in which a browser sends its write key, also behind a prefix of one's own. */
const KEY_IN_PATH = /(\/(?:analytics\.js\/+v1|projects)\/+)([^/]+)/gi
/** Of a request as a proxy gets it, which may have credentials there. */
const ORIGIN = /^[a-z][\w+.-]*:\/\/[^/?#]*/i

/** As a recording has them. */
const MASKED = /^.{0,4}…$/u

/** Enough of the key to distinguish two, but never all of it. */
export function maskKey(writeKey: string | undefined): string {
  if (writeKey === undefined) return '-'
  if (MASKED.test(writeKey)) return writeKey
  const shownCount = Math.min(4, Math.ceil(writeKey.length / 2), Math.max(0, writeKey.length - 1))
  return `${writeKey.slice(0, shownCount)}…`
}

/**
 * Events of analytics.js contain their write key.
 * @param known a key that need not be hidden
 */
export function maskEvent(event: unknown, known?: string): unknown {
  if (!isPlainObject(event) || [undefined, known].includes(event.writeKey as string)) return event
  return { ...event, writeKey: typeof event.writeKey === 'string' ? maskKey(event.writeKey) : '(hidden)' }
}

/** Also removes the origin and the query. */
export function maskPath(url: string): string {
  const path = url.replace(ORIGIN, '').replace(/[?#].*/s, '')
  return decode(path).replace(KEY_IN_PATH, (_, start: string, key: string) => start + maskKey(key))
}

/** A key may hide behind escapes; a path with malformed ones reaches no route, and stays as it is. */
function decode(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/** Of a URL or a path. Tokens are often in the query, and credentials in front of the host. */
function maskUrl(url: string): string {
  const [origin = ''] = ORIGIN.exec(url) ?? []
  return origin.replace(USER_INFO, '$1') + maskPath(url)
}

/** Keeps only the scheme of `authorization`, and no query of a URL. */
export function hideCredentials({ authorization, ...others }: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(others)) {
    const text = String(value)
    const isSecret = SECRET_HEADER.test(name) || SCHEME.test(text)
    headers[name] = isSecret ? '(hidden)' : URL_OR_PATH.test(text) ? maskUrl(text) : text
  }
  if (authorization !== undefined) headers.authorization = SCHEME.exec(authorization)?.[1] ?? 'malformed'
  return headers
}
