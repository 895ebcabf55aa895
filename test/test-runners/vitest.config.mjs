import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['*.vitest.mjs'], exclude: ['workers.vitest.mjs'], testTimeout: 20_000, maxWorkers: 1 },
})
