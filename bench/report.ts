import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { BarResult } from './bars.ts'
import type { Metric } from './cases.ts'
import type { SizeRow, Sizes } from './measure-size.ts'
import type { WorkerLatency } from './measure-workers.ts'
import type { SubjectName } from './protocol.ts'
import { judgeAll, medianOf, type Results, summarizeCase } from './results.ts'
import { ROOT } from './root.ts'
import { summarize } from './statistics.ts'
import type { CaseResult } from './take-samples.ts'

const NAMES: Record<SubjectName, string> = {
  floor: 'floor',
  ours: 'analytics-edge',
  oursGzip: 'analytics-edge, `gzip: true`',
  segment: 'Segment',
  posthog: 'PostHog',
  rudderstack: 'RudderStack',
}

const PACKAGES = ['@segment/analytics-node', 'posthog-node', '@rudderstack/rudder-sdk-node', 'esbuild']

/** All that was measured, as Markdown. */
export function buildReport(results: Results, packageDir: string): string {
  const { sizes, without, events, invocation, requests, heap, workers, gzip } = results
  const barResults = judgeAll(results)
  const sections = [
    barResults.length > 0 && ['Against the bars', buildBarTable(barResults)],
    sizes && without && ['Bundle', buildSizes(sizes), PARTS_TEXT, buildParts(sizes, without)],
    results.import && ['Import', IMPORT_TEXT, buildTable([results.import], 'segment')],
    events && ['CPU an event', EVENTS_TEXT, buildTable([events.small, events.large, events.burst], 'floor')],
    invocation && [
      'One invocation',
      INVOCATION_TEXT,
      buildTable([invocation.one, invocation.ten], 'floor'),
      WRAPPER_TEXT,
      buildTable([invocation.wrapper], undefined),
    ],
    requests && ['Requests of one invocation', REQUESTS_TEXT, buildTable([requests.one, requests.full], undefined)],
    heap && ['Heap of a queued event', HEAP_TEXT, buildTable([heap], 'floor')],
    workers && ['In workerd', WORKERS_TEXT, buildLatencies(workers)],
    gzip && [
      'Compressed requests',
      GZIP_TEXT,
      buildTable([gzip.events], 'ours'),
      GZIP_INVOCATION_TEXT,
      buildTable([gzip.invocation], 'ours'),
    ],
  ]
  const bodies = sections.flatMap((section) => (section ? [`## ${section[0]}`, ...section.slice(1)] : []))
  return [...buildHead(packageDir), ...bodies].join('\n\n').concat('\n')
}

function buildHead(packageDir: string): string[] {
  const [cpu] = cpus()
  const machine = `${cpus().length} cores of ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${arch()}`
  const versions = [
    `analytics-edge ${readVersion(packageDir)}`,
    ...PACKAGES.map((name) => `${name} ${readVersion(join(ROOT, 'node_modules', name))}`),
    `workerd ${readWorkerdVersion()}`,
  ]
  const day = new Date().toISOString().slice(0, 10)
  return [
    '# Benchmarks',
    '<!-- Written by `npm run bench`. -->',
    `Made by \`npm run bench\` on ${day}: ${machine}; Node ${process.version}; ${versions.join(', ')}.`,
    METHOD_TEXT,
    FLOOR_TEXT,
  ]
}

/** Of the workerd that Miniflare starts: its own, which is not the one in our `node_modules`. */
function readWorkerdVersion(): string {
  const require = createRequire(import.meta.url)
  return createRequire(require.resolve('miniflare'))('workerd/package.json').version
}

function readVersion(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

const METHOD_TEXT = [
  'All are measured in one run and in turns, each sample in a fresh process, against a server on loopback that is a process of its',
  'own, reads the request and answers 200. The server counts what arrives: a sample whose events did not all arrive is an error.',
  'Each library is used through its documented API, with compression of requests off in all of them, and with its queue made large',
  'enough not to drop anything. CPU is that of all threads of the process, compiling and garbage collection included. A figure is',
  'the median, with the quartiles in brackets; a ratio (×) is one of two medians.',
].join(' ')

const FLOOR_TEXT = [
  'The *floor* is what no library can go below: one `JSON.stringify` an event and one native `fetch` a batch, at most four at once, in',
  '20 lines without retries, limits or outcomes. Its events are those of analytics-edge, field by field: about 500 bytes each.',
].join(' ')

const PARTS_TEXT = [
  'Why it is not smaller: the bundle of `analytics-edge` when a part of what the SDK has to do is left out, and the next, and so',
  'on. The last line is what builds, checks and queues events, and sends them in batches, on time, each with an outcome.',
].join(' ')

const IMPORT_TEXT = 'CPU of `import()` in a fresh process; × Segment.'

const EVENTS_TEXT = [
  'Tracked 100 at a time, between turns of the event loop, or all at once in one burst; until the client is closed and all is',
  'answered. 100 events a request; × floor. The process has used `fetch` once before, since Node compiles its own at the first use.',
  "RudderStack's library serialises its whole queue at each call: it cannot take part in the burst, which is sampled twice as often.",
].join(' ')

const INVOCATION_TEXT = [
  'A new scope (for the others, a new client, since theirs cannot tell invocations apart), its events, and its flush: 1,000 times,',
  'one after the other, in a process that has done 500 before; × floor.',
].join(' ')

const WRAPPER_TEXT = 'A handler that tracks nothing, alone (floor) and in `withAnalytics`, in Node:'

const REQUESTS_TEXT = 'With the default of 15 events a request.'

const HEAP_TEXT = [
  '10,000 events queued, 100 a request, while the server does not answer; heap in use after garbage collection, before and after;',
  '× floor. Then the server answers, and all of them have to arrive.',
].join(' ')

const WORKERS_TEXT = [
  'From a request to the end of its response, for a client on loopback; each handler in a workerd of its own that has answered 1,000',
  'requests before, asked in turns.',
].join(' ')

const GZIP_TEXT = 'Through CompressionStream, off by default. For each event, 100 a request; × without:'

const GZIP_INVOCATION_TEXT = 'For each invocation:'

function buildBarTable(barResults: readonly BarResult[]): string {
  const rows = barResults.map(({ what, figure, bar, isMet }) => [what, figure, bar, isMet ? 'yes' : '**no**'])
  return formatTable(['What', 'Figure', 'At most', 'Met'], rows)
}

function buildSizes({ main, workers, both, peers }: Sizes): string {
  const rows = [
    { title: '`analytics-edge`', size: main },
    { title: '`analytics-edge/workers`', size: workers },
    { title: 'both', size: both },
    ...peers,
  ]
  return 'A minified bundle for Workers by esbuild, one file as wrangler deploys it, after gzip -9.\n\n'.concat(
    formatTable(['Import', 'Bytes'], rows.map(toSizeCells)),
  )
}

function buildParts({ main }: Sizes, without: readonly SizeRow[]): string {
  const rows = [{ title: 'nothing', size: main }, ...without]
  return formatTable(['Left out, one after the other', 'Bytes'], rows.map(toSizeCells))
}

function toSizeCells({ title, size }: SizeRow): [title: string, bytes: string] {
  return [title, formatNumber(size)]
}

/** Cases in rows, subjects in columns. */
function buildTable(results: readonly CaseResult[], reference: SubjectName | undefined): string {
  const [first] = results
  const subjects = [...new Set(results.flatMap((result) => [...result.samples.keys()]))]
  const rows = results.flatMap((result) =>
    result.case.metrics.map((metric, index) => [
      [result.case.title, metric.name, metric.unit && `(${metric.unit})`].filter(Boolean).join(' '),
      ...subjects.map((name) => formatCell(result, name, metric, index, reference)),
    ]),
  )
  const count = Math.max(...(first ? [...first.samples.values()].map(({ length }) => length) : [0]))
  return formatTable([`n = ${count}`, ...subjects.map((name) => NAMES[name])], rows)
}

function formatCell(
  result: CaseResult,
  name: SubjectName,
  metric: Metric,
  metricIndex: number,
  reference: SubjectName | undefined,
): string {
  const summary = summarizeCase(result, name, metric)
  if (!summary) return '–'
  const { median, low, high } = summary
  const spread = low === high ? '' : ` [${formatNumber(low)}–${formatNumber(high)}]`
  const times = reference && name !== reference ? median / medianOf(result, reference, metricIndex) : Number.NaN
  const suffix = Number.isNaN(times) ? '' : `, ${times.toFixed(2)} ×`
  return `${formatNumber(median)}${spread}${suffix}`
}

function buildLatencies(latencies: readonly WorkerLatency[]): string {
  const rows = latencies.map(({ title, latenciesUs }) => {
    const { median, low, high, count } = summarize(latenciesUs)
    return [title, `${formatNumber(median)} [${formatNumber(low)}–${formatNumber(high)}]`, String(count)]
  })
  return formatTable(['Handler', 'Latency (µs)', 'n'], rows)
}

function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [toLine(head), toLine(head.map(() => '---')), ...rows.map(toLine)].join('\n')
}
