import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/queues/*.queues.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
