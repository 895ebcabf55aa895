import type { NextConfig } from 'next'

export default {
  // This folder, and not that of a lock file further up.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
