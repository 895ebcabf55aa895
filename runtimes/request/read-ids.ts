import { tryTo } from '../../src/index.ts'
import { decode } from './decode.ts'

/** What analytics.js takes for an id, and no word that JSON has a meaning for. A longer one is none of its own. */
const ID = /^(?! *(null|undefined|true|false)?$)\P{C}{1,256}$/u

export interface Ids {
  readonly anonymousId?: string | undefined
  readonly userId?: string | undefined
}

/** The ids in the cookies of analytics.js, those of its first versions included. */
export function readIds(cookie: string): Ids {
  const ids: Record<string, string | undefined> = {}
  // Between the values of a list is a comma, which the JSON in a cookie may have as well.
  const pairs = /(?:^|[;,]) *(ajs_anonymous_id|ajs_user_id|ajs_user|_sio)=([^;]*?)(?=;|,[\w-]+=|$)/g
  for (const [, name = '', value = ''] of cookie.matchAll(pairs)) {
    // Of two cookies of one name, analytics.js takes the first.
    ids[name] ??= readId(value)
  }
  return {
    // `_sio` held both ids, four dashes between them.
    anonymousId: ids.ajs_anonymous_id ?? (ids._sio?.split('----')[0] || undefined),
    userId: ids.ajs_user_id ?? ids.ajs_user,
  }
}

/** Plain, percent-encoded, JSON, or a JSON object with an `id`; undefined for what is none of these. */
function readId(value: string): string | undefined {
  const text = decode(value.trim()) ?? ''
  // Numbers stay as they were written.
  const json = /^["{]/.test(text) ? tryTo(() => JSON.parse(text)) : text
  const id = json?.id ?? json
  return typeof id !== 'object' && ID.test(id) ? `${id}` : undefined
}
