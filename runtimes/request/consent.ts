import type { JSONRecord } from '../../src/index.ts'
import { Reporter } from '../../src/kit/index.ts'
import type { ConsentCategories } from './types.ts'

export interface Consent {
  readonly isGiven: boolean
  /** In the wire format of analytics.js; undefined if no categories were named. */
  readonly categoryPreferences?: ConsentCategories
}

/** @param ask returns the visitor's consent; anything unreadable counts as none */
export function readConsent(ask: (() => object | undefined) | undefined, hasOptedOut: boolean): Consent {
  if (!ask) return { isGiven: !hasOptedOut }
  try {
    const asked = (ask() ?? {}) as JSONRecord
    if (asked instanceof Promise) {
      // Nothing else handles it, and Node terminates the process on an unhandled rejection.
      asked.catch(() => {})
      throw new Error('a promise, which is not awaited: await what it needs in identify')
    }
    const categoryPreferences: Record<string, boolean> = {}
    // The values may come from a cookie, and so may be anything.
    for (const [name, value] of Object.entries(asked).slice(0, 32)) {
      categoryPreferences[name.slice(0, 64)] = value === true && !hasOptedOut
    }
    return { isGiven: Object.values(categoryPreferences).includes(true), categoryPreferences }
  } catch (error) {
    new Reporter(String).userError('consent()', error)
    return { isGiven: false }
  }
}
