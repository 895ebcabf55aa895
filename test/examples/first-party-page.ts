// The page of first-party.test.ts, with the real analytics.js; the test calls what it leaves on the window.

import { AnalyticsBrowser } from '@segment/analytics-next'

// What a page has, and the types of Node lack.
declare const document: { readonly URL: string }

const start = (isBatching: boolean) =>
  AnalyticsBrowser.load(
    { writeKey: 'first-party', cdnURL: new URL(document.URL).origin },
    isBatching
      ? {
          integrations: {
            'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 50, timeout: 600_000 } } },
          },
        }
      : {},
  )

Object.assign(globalThis, { start })
