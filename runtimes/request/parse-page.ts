import { tryTo } from '../../src/kit/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'

const MAX_URL_LENGTH = 2_048
const MAX_CAMPAIGN_COUNT = 8

/** A page as analytics.js describes it; each text is short and ASCII. */
export interface Page {
  readonly url: string
  readonly path: string
  /** With its question mark; empty if there is none. */
  readonly search: string
}

/** The URL of a page; undefined if the text is not one. */
export function parseUrl(text: string): URL | undefined {
  // The end would be cut off below anyway, and parsing takes time for each character.
  return /^https?:/i.test(text) ? tryTo(() => new URL(text.slice(0, 4 * MAX_URL_LENGTH))) : undefined
}

/**
 * A URL without credentials and fragment.
 * @param hidesSearch whether to leave out the query, which may contain ids
 */
export function showPage({ origin, pathname, search }: URL, hidesSearch: boolean): Page {
  const shown = hidesSearch ? '' : search
  return {
    url: (origin + pathname + shown).slice(0, MAX_URL_LENGTH),
    path: pathname.slice(0, MAX_URL_LENGTH),
    search: shown.slice(0, MAX_URL_LENGTH),
  }
}

/** `utm_source` as `source` and so on, as in analytics.js: `utm_campaign` becomes `name`. */
export function readCampaign({ search }: URL): object {
  const campaign: Record<string, string | undefined> = {}
  const pairs = [...search.matchAll(/[?&]utm_([a-z]\w{0,31})=([^&]*)/g)]
  for (const [, name = '', value = ''] of pairs.slice(0, MAX_CAMPAIGN_COUNT)) {
    campaign[name === 'campaign' ? 'name' : name] = cut(decode(value.replaceAll('+', ' ')) ?? '')
  }
  return campaign
}
