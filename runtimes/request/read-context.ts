import type { ExtraContext } from '../../src/index.ts'
import { cut } from './cut.ts'
import { type Page, parsePage } from './parse-page.ts'
import type { ReadRequest } from './read-request.ts'

/** What a browser says of itself and of the page, as analytics.js has it. */
export function readContext({ header }: ReadRequest, page: Page | undefined, hidesSearch: boolean): ExtraContext {
  const { url, path, search, campaign } = page ?? {}
  return {
    page: { url, path, search, referrer: parsePage(header('referer'), hidesSearch)?.url },
    campaign,
    userAgent: cut(header('user-agent'), 512),
    // The language that a browser asks for first.
    locale: /^[a-z]{2,8}(-[a-z\d]{1,8}){0,3}(?=[,;]|$)/i.exec(header('accept-language'))?.[0],
  }
}
