import type { JSONRecord } from '../../src/index.ts'
import { cut } from './cut.ts'
import { parseUrl, readCampaign, showPage } from './read-page.ts'
import type { ReadHeader } from './read-request.ts'

/** What a browser says about itself and the page, in the format of analytics.js. */
export function readContext(header: ReadHeader, url: URL | undefined, hasSearch: boolean): JSONRecord {
  const page = showPage(url, hasSearch)
  page.referrer = showPage(parseUrl(header('referer')), hasSearch).url
  return {
    page,
    campaign: readCampaign(url?.search),
    userAgent: cut(header('user-agent'), 512),
    // The browser's preferred language.
    locale: /^[a-z][a-z\d-]{1,34}/i.exec(header('accept-language'))?.[0],
  }
}
