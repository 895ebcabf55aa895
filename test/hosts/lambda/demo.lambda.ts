import { expect, test } from 'vitest'
import { expectEachCallOnce, expectNothingLeft, isOfExample, runDemo } from '../../examples/demo-table.ts'
import { runScript } from '../../examples/processes.ts'

/** A timer may be early by less than a millisecond, and the table rounds. */
const API_TAKES_MS = 299

test('the demo runs the three hosts in turn, and loses no event', async () => {
  const run = await runDemo()
  expect(run.exitCode, run.output).toBe(0)
  const hosts = run.rows.filter((row) => !isOfExample(row)).map(({ host }) => host)
  expect(hosts).toEqual(['Workers', 'Workers', 'Vercel', 'Vercel', 'Lambda', 'Lambda'])
  expectEachCallOnce(run)
  const [before, after] = run.rows.filter(({ host }) => host === 'Lambda')
  expect(before).toMatchObject({ mode: 'before the response: the default', verdict: '✓ each once' })
  expect(before?.waitsMs).toBeGreaterThanOrEqual(API_TAKES_MS)
  expect(after).toMatchObject({ mode: 'behind the response: extension', verdict: '✓ each once' })
  expect(after?.waitsMs).toBeLessThan(before?.waitsMs ?? 0)
  expect(after?.endsMs, 'not frozen before the API has answered').toBeGreaterThanOrEqual(API_TAKES_MS)
})

test('the demo leaves no Lambda process behind when it is interrupted', () => expectNothingLeft('lambda'))

test('the demo of queues runs both platforms, makes fewer requests than invocations, and loses no event', async () => {
  const demo = runScript('scripts/demo.ts', ['queues'])
  const exitCode = await demo.exitCode
  expect(exitCode, demo.output()).toBe(0)
  const rows = [
    ...demo.output().matchAll(/^\| (Cloudflare Queues|SQS): .* \| (\d+) \| \d+ \| (\d+) \| ✓ each once \|$/gm),
  ]
  expect(rows.map(([, name]) => name)).toEqual(['Cloudflare Queues', 'SQS'])
  for (const [, , invocations, requests] of rows) expect(Number(requests)).toBeLessThanOrEqual(Number(invocations) / 10)
})
