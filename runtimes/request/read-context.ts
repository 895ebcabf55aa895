import { cut } from './cut.ts'
import { parseUrl, readCampaign, showPage } from './parse-page.ts'
import type { ReadHeader } from './read-request.ts'

/** What a browser says of itself and of the page, as analytics.js has it. */
export function readContext(header: ReadHeader, url: URL | undefined, hidesSearch: boolean): object {
  const referrer = parseUrl(header('referer'))
  return {
    page: {
      ...(url && showPage(url, hidesSearch)),
      referrer: referrer && showPage(referrer, hidesSearch).url,
    },
    campaign: url && readCampaign(url),
    userAgent: cut(header('user-agent'), 512),
    // The language that a browser asks for first.
    locale: /^[a-z]{2,8}(-[a-z\d]{1,8}){0,3}(?=[,;]|$)/i.exec(header('accept-language'))?.[0],
  }
}
