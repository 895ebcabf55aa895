import { defineConfig } from 'vitest/config'

/** The tests that Stryker runs for each mutant: those that use `src` itself, in their own process. */
export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/integration/{client,delivery,plugins}/*.test.ts'],
    // Its programs are processes of their own, with no mutant in them.
    exclude: ['test/integration/delivery/memory.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    // What a loaded machine delays is no mutant.
    retry: 2,
    pool: 'forks',
    maxWorkers: 1,
  },
})
