/** Settings by name: a program in JavaScript may give anything. */
export type SettingsByName = Record<string, unknown>

/**
 * What Segment's library makes of a value that the core has refused, as it was observed from outside; of one that it has never heard of,
 * the default. What comes back may be refused as well. The value itself if nothing is delivered with it. Throws where Segment's library
 * throws.
 */
export function tolerateSetting(name: string, value: unknown, part?: string): unknown {
  // A blank one is a key there, if of no source; so is the name.
  if (name === 'writeKey') return String(value).trim() || name
  if (name === 'disable') return Boolean(value)
  if (value === null) return undefined
  if (name === 'path') return `/${value || ''}`
  // The casts: other values are read as text, and what has a part is an object.
  if (name === 'host') return new URL('/', value as string).origin
  if (part && !/authServer|httpClient/.test(part) && (value as SettingsByName)[part] !== undefined) {
    return { ...(value as SettingsByName), [part]: undefined }
  }
  if (name === 'oauthSettings' || name === 'httpClient') return value || undefined
  const number = Math.floor(Number(value))
  if (number < 1) return Number(value === 0)
  if (number > 0 && number !== value) return number
  // What stands for one that is too large, or none; of what is not here, the default. A timer that cannot wait so long fires at once.
  return { flushAt: 2_500, maxRetries: 100, flushInterval: 1 }[name]
}
