// Starts the collector, runs each runner beside it, or those that are named, and fails if one of them does.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startCollector } from '../../collector/index.ts'

const RUNNERS = {
  jest: ['jest', '--config', 'jest.config.cjs'],
  vitest: ['vitest', 'run', '--config', 'vitest.config.mjs'],
  workers: ['vitest', 'run', '--config', 'vitest.workers.config.mjs'],
  node: ['node', '--test', 'fake-timers.node.mjs', 'testing.node.mjs'],
}

const collector = await startCollector()
const chosen = process.argv.slice(2)
for (const [name, [command, ...args]] of Object.entries(RUNNERS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const file = command === 'node' ? process.execPath : `node_modules/.bin/${command}`
  const env = { ...process.env, COLLECTOR_URL: collector.url, CI: '1', WRANGLER_SEND_METRICS: 'false' }
  const child = spawn(file, args, { cwd: import.meta.dirname, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exitCode = 1
}
await collector.close()
