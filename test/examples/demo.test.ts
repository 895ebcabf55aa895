import { expect, it } from 'vitest'
import {
  type DemoRun,
  expectEachCallOnce,
  expectEventsOfExample,
  expectNothingLeft,
  isOfExample,
  type Row,
  runDemo,
} from './demo-table.ts'
import { runScript } from './processes.ts'

const CALL_COUNT = 9
/** Three requests, two events each. */
const EXAMPLE_COUNT = 6
/** A timer may be early by less than a millisecond, and the table rounds. */
const API_TAKES_MS = 299

function rowOf({ rows, output }: DemoRun, host: string, mode: string): Row {
  const row = rows.find((row) => row.host === host && row.mode.startsWith(mode))
  if (!row) throw new Error(`no row of ${host}, ${mode} in:\n${output}`)
  return row
}

// Three hosts start in turn.
it('sends the same events through each host, and only awaited calls wait for the API', {
  timeout: 120_000,
}, async () => {
  const run = await runDemo('workers', 'vercel')
  expect(run.exitCode, run.output).toBe(0)
  expect(run.rows.map(({ host, mode }) => `${host} ${mode.split(' ', 1)[0]}`)).toEqual([
    'Workers behind',
    'Workers awaited',
    'Workers from',
    'Workers from',
    'Workers from',
    'Vercel behind',
    'Vercel awaited',
  ])
  const countOf = (row: Row) => (isOfExample(row) ? EXAMPLE_COUNT : CALL_COUNT)
  expect(run.rows).toMatchObject(
    run.rows.map((row) => ({ sent: countOf(row), received: countOf(row), verdict: '✓ each once' })),
  )
  expectEachCallOnce(run)
  expectEventsOfExample(run)
  for (const host of ['Workers', 'Vercel']) {
    const awaited = rowOf(run, host, 'awaited')
    expect(awaited.waitsMs).toBeGreaterThanOrEqual(API_TAKES_MS)
    expect(rowOf(run, host, 'behind').waitsMs).toBeLessThan(awaited.waitsMs)
  }
  expect(rowOf(run, 'Vercel', 'behind').endsMs, 'kept by waitUntil').toBeGreaterThanOrEqual(API_TAKES_MS)
  expect(run.output).toContain('✓ Every event arrived exactly once.')
  expect(run.output, 'plain where the output is no terminal').not.toContain('\u001b')
})

it('names a lost event, and fails', async () => {
  const { exitCode, output, rows, events } = await runDemo('vercel', '--fail')
  expect(exitCode, output).toBe(1)
  expect(rows).toMatchObject([
    { sent: CALL_COUNT, received: CALL_COUNT - 1, verdict: '✗ 1 lost' },
    { sent: CALL_COUNT, received: CALL_COUNT, verdict: '✓ each once' },
  ])
  expect(events).toHaveLength(2 * CALL_COUNT - 1)
  expect(output).toContain('✗ lost: track Item Purchased of POST /track on Vercel (behind the response: waitUntil)')
  expect(output, 'what the function wrote').toContain('ERR_HTTP_STATUS, [400] Bad Request; the response: {')
})

it('rejects an unknown host', async () => {
  const demo = runScript('scripts/demo.ts', ['netlify'])
  expect(await demo.exitCode).toBe(1)
  expect(demo.output()).toContain("'netlify' is no host: there are workers, vercel, lambda")
})

it.each(['workers', 'vercel'])('leaves no process of %s behind when it is interrupted', expectNothingLeft)
