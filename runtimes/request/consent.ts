import { type JSONRecord, Reporter } from '../../src/index.ts'
import type { ConsentCategories } from './types.ts'

export interface Consent {
  readonly isGiven: boolean
  /** As analytics.js has it on the wire; undefined if nobody has named categories. */
  readonly categoryPreferences?: ConsentCategories
}

/** @param ask what the visitor has agreed to. Whatever cannot be read is no consent. */
export function readConsent(ask: (() => object | undefined) | undefined, hasOptedOut: boolean): Consent {
  if (!ask) return { isGiven: !hasOptedOut }
  try {
    const asked = (ask() ?? {}) as JSONRecord
    if (asked instanceof Promise) {
      // Nobody else waits for it, and in Node a rejection would end the process.
      asked.catch(() => {})
      throw new Error('a promise, which is not awaited: await what it needs in identify')
    }
    const categoryPreferences: Record<string, boolean> = {}
    // Whoever has read them from a cookie may have read anything.
    for (const [name, value] of Object.entries(asked).slice(0, 32)) {
      categoryPreferences[name.slice(0, 64)] = value === true && !hasOptedOut
    }
    return { isGiven: Object.values(categoryPreferences).includes(true), categoryPreferences }
  } catch (error) {
    new Reporter(String).userError('consent()', error)
    return { isGiven: false }
  }
}
