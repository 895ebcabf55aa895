import { defineConfig } from 'vitest/config'

/** Compilers, installations and the checker of imports, again and again: too slow for `npm test`. */
export const COMPILING_TESTS = [
  'test/boundaries.test.ts',
  'test/package.test.ts',
  'test/plan/types.test.ts',
  'test/runtimes/segment/shapes.test.ts',
  'test/types/workers.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/package/*.package.ts', ...COMPILING_TESTS],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Compilers, each a process of its own.
    maxConcurrency: 2,
  },
})
