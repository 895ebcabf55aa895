import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/nextjs-workers/*.workers.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // One at a time: some cases compare times with those of the collector.
    maxWorkers: 1,
  },
})
