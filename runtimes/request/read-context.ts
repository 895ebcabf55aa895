import { cut } from './cut.ts'
import { parseUrl, readCampaign, showPage } from './parse-page.ts'
import type { ReadHeader } from './read-request.ts'

/** What a browser says about itself and the page, in the format of analytics.js. */
export function readContext(header: ReadHeader, url: URL | undefined, hidesSearch: boolean): object {
  const referrer = parseUrl(header('referer'))
  return {
    page: {
      ...(url && showPage(url, hidesSearch)),
      referrer: referrer && showPage(referrer, hidesSearch).url,
    },
    campaign: url && readCampaign(url),
    userAgent: cut(header('user-agent'), 512),
    // The browser's preferred language.
    locale: /^[a-z]{2,8}(-[a-z\d]{1,8}){0,3}(?=[,;]|$)/i.exec(header('accept-language'))?.[0],
  }
}
