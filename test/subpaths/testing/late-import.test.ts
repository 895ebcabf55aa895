import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The runners' own fake timers: test/test-runners/late-import.*.

const PROGRAM = `
  import { createRequire } from 'node:module'
  import sinon from 'sinon'
  const clock = sinon.useFakeTimers()
  const core = await import('analytics-edge')
  const testing = await import('analytics-edge/testing')
  const listLateCases = createRequire(import.meta.url)('./test/test-runners/late-import-cases.cjs')
  for (const run of Object.values(listLateCases({ core, testing }))) await run()
  await listLateCases.checkNoTimers({ testing }, () => clock.countTimers())
  console.log('passed')
`

test('loaded under the fake timers of sinon, it waits in real time, and the process ends by itself', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: new URL('../../..', import.meta.url),
    timeout: 30_000,
  })
  expect([stdout, stderr]).toEqual(['passed\n', ''])
}, 40_000)
