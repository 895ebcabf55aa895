import { tryTo } from '../../src/kit/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'

/** A page as analytics.js describes it; each text is short and ASCII. */
interface Page {
  url?: string
  path?: string
  /** With its question mark; empty if there is none. */
  search?: string
  referrer?: string | undefined
}

/** The URL of a page; undefined if the text is not one. */
export const parseUrl = (text: string): URL | undefined =>
  // The end of a long one would be cut off below anyway, and parsing takes time for each character.
  /^https?:/i.test(text) ? tryTo(() => new URL(text.slice(0, 8_192))) : undefined

const cutUrl = (text: string) => text.slice(0, 2_048)

/**
 * A page without credentials and fragment.
 * @param hasSearch whether to show the query, which may contain ids
 */
export function showPage(page: URL | undefined, hasSearch: boolean): Page {
  if (!page) return {}
  const { origin, pathname } = page
  const search = hasSearch ? page.search : ''
  return { url: cutUrl(origin + pathname + search), path: cutUrl(pathname), search: cutUrl(search) }
}

/** `utm_source` as `source` and so on, as in analytics.js: `utm_campaign` becomes `name`. Eight at most. */
export function readCampaign(search = ''): object {
  const campaign: Record<string, string | undefined> = {}
  for (const [, name = '', value = ''] of [...search.matchAll(/[?&]utm_([a-z]\w{0,31})=([^&]*)/g)].slice(0, 8)) {
    campaign[name === 'campaign' ? 'name' : name] = cut(decode(value.replaceAll('+', ' ')))
  }
  return campaign
}
