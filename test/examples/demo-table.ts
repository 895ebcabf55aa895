import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { ReceivedEvent } from '../../collector/index.ts'
import { DOCUMENTED_CALLS } from '../../examples/documented-calls.ts'
import { listDescendants, listRunning } from '../support/process-tree.ts'
import { runScript } from './processes.ts'

/** A row of the demo's table. */
export interface Row {
  readonly host: string
  readonly mode: string
  readonly waitsMs: number
  /** NaN where the host does not tell. */
  readonly endsMs: number
  readonly sent: number
  readonly received: number
  readonly verdict: string
}

export interface DemoRun {
  readonly exitCode: number | null
  readonly output: string
  readonly rows: Row[]
  /** What the API received. */
  readonly events: ReceivedEvent[]
}

const ROW = /^(Workers|Vercel|Lambda) +(\S.*?) +([\d.]+) ms +(?:([\d.]+) ms|-) +(\d+) +(\d+) +(\S.*)$/gm

/** Runs the demo to its end. */
export async function runDemo(...args: string[]): Promise<DemoRun> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'))
  const record = join(folder, 'events.json')
  const demo = runScript('scripts/demo.ts', [...args, '--record', record])
  try {
    const exitCode = await demo.exitCode
    const output = demo.output()
    return { exitCode, output, rows: parseRows(output), events: JSON.parse(await readFile(record, 'utf8')) }
  } finally {
    await demo.stop()
    await rm(folder, { recursive: true })
  }
}

function parseRows(output: string): Row[] {
  return [...output.matchAll(ROW)].map(([, host = '', mode = '', waits, ends, sent, received, verdict = '']) => ({
    host,
    mode,
    waitsMs: Number(waits),
    endsMs: Number(ends),
    sent: Number(sent),
    received: Number(received),
    verdict,
  }))
}

const CALLS = DOCUMENTED_CALLS.map(({ call, params }) => ({ type: call, ...params }))
/** What the library calls the runtimes. */
const RUNTIMES: Readonly<Record<string, string>> = {
  Workers: 'cloudflare-worker',
  Vercel: 'vercel-edge',
  Lambda: 'node',
}

/** What an id of a documented call ends with. */
const CALL = /-call-\d+$/

/** Whether a row is of what the example Worker tracks elsewhere than in its `fetch` handler. */
export function isOfExample({ mode }: Row): boolean {
  return mode.startsWith('from ')
}

/** Expects that the API received from each row every documented call, well-formed and once, out of the host's runtime. */
export function expectEachCallOnce(run: DemoRun): void {
  const rows = run.rows.filter((row) => !isOfExample(row))
  const events = run.events.filter(({ event }) => CALL.test(String(event.messageId)))
  expect(events.filter(({ duplicate, problems }) => duplicate || problems.length > 0)).toEqual([])
  const groups = [...new Set(events.map(groupOf))]
  expect(groups.map(hostOf)).toEqual(rows.map(({ host }) => host))
  for (const group of groups) {
    const received = events.filter((row) => groupOf(row) === group).map(({ event }) => event)
    const inOrder = received.toSorted((a, b) => String(a.messageId).localeCompare(String(b.messageId)))
    expect(inOrder).toHaveLength(CALLS.length)
    expect(inOrder).toMatchObject(CALLS.map((call) => ({ ...call, _metadata: { jsRuntime: RUNTIMES[hostOf(group)] } })))
  }
}

/** Expects what the example Worker tracks in a helper, a Durable Object and the consumer of a queue, for each of the demo's users. */
export function expectEventsOfExample({ events }: DemoRun): void {
  const rows = events.filter(({ event }) => !CALL.test(String(event.messageId)))
  const users = [...new Set(rows.map(({ event }) => String(event.userId)))]
  const summaries = users.map((user) => {
    const own = rows.filter(({ event }) => event.userId === user)
    return {
      user: user.replace(/^demo-\w+-/, ''),
      events: own.map(({ event, duplicate }) => `${event.event}${duplicate ? ' again' : ''}`),
      requestCount: new Set(own.map(({ requestIndex }) => requestIndex)).size,
    }
  })
  const perUser = (mode: string, events: string[], requestCount: number) =>
    [0, 1, 2].map((index) => ({ user: `Workers-${mode}-${index}`, events, requestCount }))
  // By name: the ids begin with those of their runs, which are random.
  const byName = summaries.toSorted((one, other) => (one.user < other.user ? -1 : 1))
  expect(byName).toEqual([
    ...perUser('from-a-Durable-Object', ['Product Added', 'Stock Checked'], 1),
    ...perUser('from-a-helper-deep-in-the-code', ['Product Viewed', 'Stock Checked'], 1),
    ...perUser('from-a-queue-delivered-twice', ['Order Placed', 'Order Shipped', 'Order Shipped again'], 3),
  ])
}

/** The ids of the demo are `demo-<run>-<host>-<mode>-call-<index>`. */
function groupOf({ event }: ReceivedEvent): string {
  return String(event.messageId).replace(CALL, '')
}

function hostOf(group: string): string {
  return group.split('-')[2] ?? ''
}

/** Interrupts the demo when it has written a row and a host runs, and expects that no process goes on. */
export async function expectNothingLeft(host: string): Promise<void> {
  const demo = runScript('scripts/demo.ts', [host])
  try {
    await demo.waitFor('each once')
    const descendants = await vi.waitUntil(
      () => {
        const all = listDescendants(demo.pid)
        return all.length > 0 && all
      },
      { timeout: 10_000 },
    )
    demo.kill('SIGINT')
    expect(await demo.exitCode, demo.output()).toBe(130)
    expect(listRunning(descendants)).toEqual([])
  } finally {
    await demo.stop()
  }
}
