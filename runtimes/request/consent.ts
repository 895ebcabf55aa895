import { type JSONRecord, Reporter } from '../../src/index.ts'
import type { ConsentCategories } from './types.ts'

export interface Consent {
  readonly isGiven: boolean
  /** As analytics.js has it on the wire; undefined if nobody has named categories. */
  readonly consent?: { readonly categoryPreferences: ConsentCategories }
}

/** @param ask what the visitor has agreed to. Whatever cannot be read is no consent. */
export function readConsent(ask: (() => unknown) | undefined, hasOptedOut: boolean): Consent {
  if (!ask) return { isGiven: !hasOptedOut }
  try {
    const categories = ask() as JSONRecord | undefined
    if (!categories) return { isGiven: false }
    // Whoever has read them from a cookie may have read anything.
    const entries = Object.entries(categories).slice(0, 32)
    const preferences = entries.map(([name, value]) => [name.slice(0, 64), value === true && !hasOptedOut] as const)
    return {
      isGiven: preferences.some(([, isAgreed]) => isAgreed),
      consent: { categoryPreferences: Object.fromEntries(preferences) },
    }
  } catch (error) {
    new Reporter(String).userError('consent()', error)
    return { isGiven: false }
  }
}
