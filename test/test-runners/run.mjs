// Starts the collector, runs each runner beside it, or those that are named, and fails if one of them does.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startCollector } from '../../collector/index.ts'

const RUNNERS = {
  jest: ['jest', '--config', 'jest.config.cjs'],
  // Its ES modules want a flag of Node's: `NODE_OPTIONS`, since jest's own file is a script of Node.
  'jest-esm': ['jest', '--config', 'esm.jest.config.mjs'],
  vitest: ['vitest', 'run', '--config', 'vitest.config.mjs'],
  workers: ['vitest', 'run', '--config', 'vitest.workers.config.mjs'],
  node: ['node', '--test', 'fake-timers.node.mjs', 'late-import.node.mjs', 'testing.node.mjs'],
}

/** A runner that does not end has something left open. */
const TIMEOUT_MS = 5 * 60_000

const collector = await startCollector()
const chosen = process.argv.slice(2)
for (const [name, [command, ...args]] of Object.entries(RUNNERS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const file = command === 'node' ? process.execPath : `node_modules/.bin/${command}`
  const env = { ...process.env, COLLECTOR_URL: collector.url, CI: '1', WRANGLER_SEND_METRICS: 'false' }
  if (name === 'jest-esm') env.NODE_OPTIONS = '--experimental-vm-modules'
  const child = spawn(file, args, {
    cwd: import.meta.dirname,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: TIMEOUT_MS,
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exitCode = 1
}
await collector.close()
