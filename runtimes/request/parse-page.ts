import { cut } from './cut.ts'

const MAX_URL_LENGTH = 2_048
const MAX_CAMPAIGN_COUNT = 8

/** Each text is short and, but for the campaign, ASCII. */
export interface Page {
  readonly url: string
  readonly path: string
  /** With its question mark; empty if there is none. */
  readonly search: string
  readonly hostname: string
  readonly campaign: Record<string, string> | undefined
}

/** A URL without credentials and fragment. @param hidesSearch it may hold ids */
export function parsePage(text: string, hidesSearch: boolean): Page | undefined {
  try {
    // Its end would be cut off below; parsing costs time for each character.
    const { protocol, host, hostname, pathname, search, searchParams } = new URL(text.slice(0, 4 * MAX_URL_LENGTH))
    if (!/^https?:/.test(protocol)) return undefined
    const shown = hidesSearch ? '' : search
    return {
      url: `${protocol}//${host}${pathname}${shown}`.slice(0, MAX_URL_LENGTH),
      path: pathname.slice(0, MAX_URL_LENGTH),
      search: shown.slice(0, MAX_URL_LENGTH),
      hostname,
      campaign: search.includes('utm_') ? readCampaign(searchParams) : undefined,
    }
  } catch {
    return undefined
  }
}

/** `utm_source` as `source`, and so on, as analytics.js has it: `utm_campaign` is the `name`. */
function readCampaign(params: Iterable<[name: string, value: string]>): Record<string, string> | undefined {
  const entries = [...params]
    .filter(([name]) => /^utm_[a-z]\w{0,31}$/.test(name))
    .slice(0, MAX_CAMPAIGN_COUNT)
    .map(([name, value]) => [name === 'utm_campaign' ? 'name' : name.slice(4), cut(value)])
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
