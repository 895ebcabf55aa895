import type { NextConfig } from 'next'

export default {
  // This folder, not that of a lock file in a parent folder.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
