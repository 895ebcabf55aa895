import { configDefaults, defineConfig } from 'vitest/config'
import { SLOW_TESTS } from './vitest.package.config.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/chaos/workerd.chaos.ts'],
    env: { CHAOS_REQUESTS: '100' },
    // `npm run test:package` has the slow ones, `npm run test:compat` the demonstrations on both libraries.
    exclude: [
      ...configDefaults.exclude,
      ...SLOW_TESTS,
      // The collector is a package of its own: `npm run test:collector`.
      'test/collector/**',
      'test/collector*.test.ts',
      ...(process.env.COMPAT_RUNS ? [] : ['test/compat/differences.test.ts']),
    ],
    // Real processes, servers and runtimes on two shared cores: bounds are generous, and no assertion rests on them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // More than there are cores: many tests wait for a clock.
    maxWorkers: 3,
  },
})
