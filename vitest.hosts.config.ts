import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/node-hosts/*.hosts.ts'],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
