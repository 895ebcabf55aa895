import { defineConfig } from 'vitest/config'

/** Compilers, installations, the checker of imports and the demo, again and again: too slow for `npm test`. */
export const SLOW_TESTS = [
  'test/boundaries.test.ts',
  'test/examples/demo.test.ts',
  'test/examples/demo-workers.test.ts',
  'test/package.test.ts',
  'test/plan/types.test.ts',
  'test/runtimes/segment/shapes.test.ts',
  'test/types/workers.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/package/*.package.ts', ...SLOW_TESTS],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Compilers, each a process of its own.
    maxConcurrency: 2,
  },
})
