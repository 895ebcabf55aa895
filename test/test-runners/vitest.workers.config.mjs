import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './worker.mjs',
      miniflare: {
        compatibilityDate: '2026-03-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: { ROOM: 'Room' },
        bindings: { COLLECTOR_URL: process.env.COLLECTOR_URL },
      },
    }),
  ],
  test: { include: ['workers.vitest.mjs'], testTimeout: 20_000 },
})
