import { afterEach, expect, it } from 'vitest'
import { listDescendants, listRunning, runScript, type Script } from './processes.ts'

const EVENT_COUNT = 79

let demo: Script | undefined
afterEach(() => demo?.stop())

function start(...args: string[]): Script {
  demo = runScript('scripts/demo.ts', args)
  return demo
}

/** `events sent       79` */
function figure(output: string, name: string): number {
  return Number.parseFloat(new RegExp(`^${name} +([\\d.]+)`, 'm').exec(output)?.[1] ?? 'absent')
}

it('runs the example Worker, and every event arrives exactly once', async () => {
  const { exitCode, output } = start()
  expect(await exitCode, output()).toBe(0)
  expect(figure(output(), 'events sent')).toBe(EVENT_COUNT)
  expect(figure(output(), 'events received')).toBe(EVENT_COUNT)
  expect(figure(output(), 'duplicates')).toBe(0)
  expect(figure(output(), 'API requests')).toBeLessThan(EVENT_COUNT)
  expect(figure(output(), 'median latency')).toBeGreaterThan(0)
  expect(output()).toContain('✓ Every event arrived exactly once.')
  expect(output(), 'plain where the output is no terminal').not.toContain('\u001b')
})

it('names an event that is lost, and fails', async () => {
  const { exitCode, output } = start('--fail')
  expect(await exitCode, output()).toBe(1)
  expect(figure(output(), 'events sent')).toBe(EVENT_COUNT)
  expect(figure(output(), 'events received')).toBe(EVENT_COUNT - 1)
  expect(output()).toContain('✗ lost: track Item Purchased of POST /track')
  expect(output().match(/✗/g)).toHaveLength(1)
})

it('leaves no process behind when it is interrupted', async () => {
  const { pid, exitCode, output, waitFor, kill } = start()
  await waitFor('POST /identify')
  const descendants = listDescendants(pid)
  expect(descendants, 'wrangler and what it started').not.toHaveLength(0)
  kill('SIGINT')
  expect(await exitCode, output()).toBe(130)
  expect(listRunning(descendants)).toEqual([])
})
