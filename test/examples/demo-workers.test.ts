import { afterEach, expect, it } from 'vitest'
import { runScript, type Script } from './processes.ts'

const EVENT_COUNT = 85

let demo: Script | undefined
afterEach(() => demo?.stop())

/** `events sent       79` */
function figure(output: string, name: string): number {
  return Number.parseFloat(new RegExp(`^${name} +([\\d.]+)`, 'm').exec(output)?.[1] ?? 'absent')
}

it('calls the routes of the example Worker, and every event arrives exactly once', async () => {
  demo = runScript('scripts/demo-workers.ts')
  const { exitCode, output } = demo
  expect(await exitCode, output()).toBe(0)
  expect(figure(output(), 'events sent')).toBe(EVENT_COUNT)
  expect(figure(output(), 'events received')).toBe(EVENT_COUNT)
  expect(figure(output(), 'duplicates')).toBe(0)
  expect(figure(output(), 'API requests')).toBeLessThan(EVENT_COUNT)
  expect(figure(output(), 'median latency')).toBeGreaterThan(0)
  expect(output()).toMatch(/^GET +\/product .* track Product Viewed, track Stock Checked /m)
  expect(output()).toMatch(/^GET +\/cart .* track Product Added, track Stock Checked /m)
  expect(output()).toMatch(/^GET +\/orders .* 2 × track Order Shipped /m)
  expect(output()).toContain('✓ Every event arrived exactly once.')
})
