import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/collector/*.collector.ts', 'test/collector/*.test.ts', 'test/collector*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
