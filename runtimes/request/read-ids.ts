import { tryTo } from '../../src/kit/index.ts'
import { decode } from './decode.ts'

/** What analytics.js accepts as an id, except words with a meaning in JSON. It creates no longer ids. */
const ID = /^(?! *(null|undefined|true|false)?$)\P{C}{1,256}$/u

export interface Ids {
  readonly anonymousId?: string | undefined
  readonly userId?: string | undefined
}

/** The ids in the cookies of analytics.js, including those of its first versions. */
export function readIds(cookie: string): Ids {
  const ids: Record<string, string | undefined> = {}
  // A comma separates the values of a list, and may also occur in a cookie's JSON.
  const pairs = /(?:^|[;,]) *(ajs_anonymous_id|ajs_user_id|ajs_user|_sio)=([^;]*?)(?=;|,[\w-]+=|$)/g
  for (const [, name = '', value = ''] of cookie.matchAll(pairs)) {
    // Of two cookies with the same name, analytics.js uses the first.
    ids[name] ??= readId(value)
  }
  return {
    // `_sio` contained both ids, separated by four dashes.
    anonymousId: ids.ajs_anonymous_id ?? (ids._sio?.split('----')[0] || undefined),
    userId: ids.ajs_user_id ?? ids.ajs_user,
  }
}

/** Plain, percent-encoded, JSON, or a JSON object with an `id`; undefined for anything else. */
function readId(value: string): string | undefined {
  const text = decode(value.trim()) ?? ''
  // Numbers stay as they were written.
  const json = /^["{]/.test(text) ? tryTo(() => JSON.parse(text)) : text
  const id = json?.id ?? json
  return typeof id !== 'object' && ID.test(id) ? `${id}` : undefined
}
