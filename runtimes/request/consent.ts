import type { JSONRecord } from '../../src/index.ts'
import { Reporter, throwInvalid } from '../../src/kit/index.ts'
import type { AnyOptions, ConsentCategories, HTTPRequest } from './types.ts'

/**
 * Whether there is consent, and to which categories, in the wire format of analytics.js.
 * @param ask returns the visitor's consent; anything unreadable counts as none
 */
export function readConsent(
  request: HTTPRequest,
  ask: AnyOptions['consent'],
  hasOptedOut: boolean,
): { isGiven: boolean; categoryPreferences?: ConsentCategories } {
  if (!ask) return { isGiven: !hasOptedOut }
  const categoryPreferences: Record<string, boolean> = {}
  try {
    const asked = (ask(request) ?? {}) as JSONRecord
    if (asked instanceof Promise) {
      // Nothing else handles it, and Node terminates the process on an unhandled rejection.
      asked.catch(() => {})
      throwInvalid('consent', 'synchronous: await what it needs in identify', asked)
    }
    // The values may come from a cookie, and so may be anything.
    for (const [name, value] of Object.entries(asked).slice(0, 32)) {
      categoryPreferences[name.slice(0, 64)] = value === true && !hasOptedOut
    }
  } catch (error) {
    new Reporter(String).userError('consent()', error)
  }
  return { isGiven: Object.values(categoryPreferences).includes(true), categoryPreferences }
}
