import type { NextConfig } from 'next'

export default {
  cacheComponents: true,
  partialPrefetching: true,
  // A build tells all that is wrong with an app, not the first of it alone.
  experimental: { prerenderEarlyExit: false },
  // The folder of the example, in which it is built.
  turbopack: { root: `${import.meta.dirname}/../..` },
} satisfies NextConfig
