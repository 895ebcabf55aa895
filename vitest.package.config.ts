import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/package/*.package.ts',
      'test/boundaries.test.ts',
      'test/types/workers.test.ts',
      'test/plan/types.test.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Compilers, each a process of its own.
    maxConcurrency: 2,
  },
})
