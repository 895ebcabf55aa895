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
    const categoryPreferences: Record<string, boolean> = {}
    let isGiven = false
    // Whoever has read them from a cookie may have read anything.
    for (const [name, value] of Object.entries((ask() ?? {}) as JSONRecord).slice(0, 32)) {
      const isAgreed = value === true && !hasOptedOut
      categoryPreferences[name.slice(0, 64)] = isAgreed
      isGiven ||= isAgreed
    }
    return { isGiven, categoryPreferences }
  } catch (error) {
    new Reporter(String).userError('consent()', error)
    return { isGiven: false }
  }
}
