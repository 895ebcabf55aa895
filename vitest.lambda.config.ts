import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/lambda/*.lambda.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One at a time: some cases compare durations with those of the collector.
    maxWorkers: 1,
  },
})
