/** What analytics.js takes for an id, and no word that JSON has a meaning for. A longer one is none of its own. */
const ID = /^(?!(null|undefined|true|false)$)\P{C}{1,256}$/u

export interface Ids {
  readonly anonymousId?: string | undefined
  readonly userId?: string | undefined
}

/** The ids in the cookies of analytics.js, those of its first versions included. */
export function readIds(cookie: string): Ids {
  const pairs = cookie.split(/; */)
  // Of two cookies of one name, analytics.js takes the first.
  const find = (name: string) =>
    pairs.map((pair) => (pair.startsWith(name) ? readId(pair.slice(name.length)) : undefined)).find(Boolean)
  return {
    // The last one held both ids, four dashes between them.
    anonymousId: find('ajs_anonymous_id=') ?? (find('_sio=')?.split('----')[0] || undefined),
    userId: find('ajs_user_id=') ?? find('ajs_user='),
  }
}

/** Plain, percent-encoded, JSON, or a JSON object with an `id`; undefined for what is none of these. */
function readId(value: string): string | undefined {
  try {
    const text = decodeURIComponent(value.trim())
    // Numbers stay as they were written.
    const json = /^["{]/.test(text) ? JSON.parse(text) : text
    const id = json.id ?? json
    return typeof id !== 'object' && ID.test(id) ? `${id}` : undefined
  } catch {
    return undefined
  }
}
