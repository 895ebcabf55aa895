/** Settings by name: a JavaScript program may pass anything. */
export type SettingsByName = Record<string, unknown>

/**
 * What Segment's library makes of a value that the core has rejected, as observed from outside; the default for a setting that it does not
 * have. The core may reject the result as well. Returns the same value if nothing can be delivered with it, and throws if Segment's library
 * throws.
 */
export function tolerateSetting(name: string, value: unknown, part?: string): unknown {
  // There, a blank string is a key, although of no source; so the setting's name stands for it.
  if (name === 'writeKey') return String(value).trim() || name
  if (name === 'disable') return Boolean(value)
  if (value === null) return undefined
  if (name === 'path') return `/${value || ''}`
  // The casts: any value can be converted to a string, and a field with a dot belongs to an object.
  if (name === 'host') return new URL('/', value as string).origin
  if (part && !/authServer|httpClient/.test(part) && (value as SettingsByName)[part] !== undefined) {
    return { ...(value as SettingsByName), [part]: undefined }
  }
  if (name === 'oauthSettings' || name === 'httpClient') return value || undefined
  const number = Math.floor(Number(value))
  if (number < 1) return Number(value === 0)
  if (number > 0 && number !== value) return number
  // The value for a number that is too large or missing; the default for all others. A timer with too long a delay fires at once.
  return { flushAt: 2_500, maxRetries: 100, flushInterval: 1 }[name]
}
