import { tryTo } from '../../src/kit/index.ts'

export interface Ids {
  readonly anonymousId: string
  readonly userId?: string | undefined
}

/** The ids in the cookies of analytics.js, including those of its first versions; a new `anonymousId` if there is none. */
export function readIds(cookie: string): Ids {
  const ids: Record<string, string | undefined> = {}
  // A comma separates the values of a list, and may also occur in a cookie's JSON.
  for (const [, name = '', value = ''] of cookie.matchAll(/(?<![^;, ])(ajs_\w+|_sio)=([^;]*?)(?=;|,[^;,"=]+=|$)/g)) {
    // Of two cookies with the same name, analytics.js uses the first.
    ids[name] ??= tryTo(() => readId(decodeURIComponent(value.trim())))
  }
  return {
    // `_sio` contained both ids, separated by four dashes.
    anonymousId: ids.ajs_anonymous_id || ids._sio?.split('----')[0] || crypto.randomUUID(),
    userId: ids.ajs_user_id || ids.ajs_user,
  }
}

/** Plain, JSON, or a JSON object with an `id`. */
function readId(text: string): string | undefined {
  // Numbers stay as they were written.
  const json = /^["{]/.test(text) ? JSON.parse(text) : text
  const id = json.id ?? json
  // What analytics.js accepts as an id, except words with a meaning in JSON. It creates no longer ids.
  return typeof id !== 'object' && /^(?! *(null|undefined|true|false|-?Infinity)?$)\P{C}{1,256}$/u.test(id)
    ? `${id}`
    : undefined
}
