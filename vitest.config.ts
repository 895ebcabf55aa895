import { configDefaults, defineConfig } from 'vitest/config'
import { COMPILING_TESTS } from './vitest.package.config.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Compilers and the checker of imports, again and again: `npm run test:package`.
    exclude: [...configDefaults.exclude, ...COMPILING_TESTS],
    // Real processes, servers and runtimes on two shared cores: bounds are generous, and no assertion rests on them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
