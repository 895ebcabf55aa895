// Sends the same events through the same function on each host, to a local Tracking API, and counts what arrives: one table.
// Nothing leaves this machine. It exits with 0 only if every event arrived exactly once, while its function could still run.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startCollector } from '../collector/index.ts'
import type { HostKind } from './demo/hosts/host.ts'
import { lambda } from './demo/hosts/lambda.ts'
import { vercel } from './demo/hosts/vercel.ts'
import { workers, workersExample } from './demo/hosts/workers.ts'
import { installLambdaClient } from './demo/install-lambda-client.ts'
import { type Outcome, summarize } from './demo/judge.ts'
import { formatVerdict } from './demo/report.ts'
import { runHost } from './demo/run-host.ts'
import { EXPLANATION, introduce, LEFT_OUT } from './demo/table.ts'
import { createInterrupt, runToExit } from './interrupt.ts'

const API_DELAY_MS = 300
const HOST_TIMEOUT_MS = 45_000
const HOSTS: Readonly<Record<string, readonly HostKind[]>> = {
  workers: [workers, workersExample],
  vercel: [vercel],
  lambda,
}

/** Programs of their own. */
const PROGRAMS: Readonly<Record<string, string>> = { routes: './demo-workers.ts', 'lambda-cost': './demo-lambda.ts' }

const [first = ''] = process.argv.slice(2)
const program = Object.hasOwn(PROGRAMS, first) ? PROGRAMS[first] : undefined
if (program === undefined) {
  const interrupt = createInterrupt()
  await runToExit('demo', interrupt, () => runDemo(interrupt))
} else {
  process.argv.splice(2, 1)
  await import(program)
}

async function runDemo(interrupt: AbortSignal): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      // Has the API reject the third request permanently, to see what a lost event looks like.
      fail: { type: 'boolean', default: false },
      // A file for what the API received, as JSON.
      record: { type: 'string' },
    },
  })
  if (positionals[0] === 'queues') {
    // It loads two platforms that the other hosts do not need.
    const { runQueues } = await import('./demo-queues.ts')
    return runQueues(interrupt)
  }
  const named = resolveKinds(positionals)
  const hasLambda = !named.some(({ name }) => name === 'Lambda') || (await installLambdaClient(interrupt))
  const kinds = named.filter(({ name }) => name !== 'Lambda' || hasLambda)
  const collector = await startCollector({
    faults: [...(flags.fail ? [{ requests: [2], status: 400 }] : []), { delayMs: API_DELAY_MS }],
  })
  try {
    console.log(introduce(kinds, API_DELAY_MS))
    const outcomes: Outcome[] = []
    const logs: string[] = []
    for (const kind of kinds) {
      const signal = AbortSignal.any([interrupt, AbortSignal.timeout(HOST_TIMEOUT_MS)])
      const run = await runHost(kind, { collector, apiDelayMs: API_DELAY_MS, signal })
      outcomes.push(...run.outcomes)
      if (run.log) logs.push(`What ${kind.name} wrote:\n${run.log}\n`)
    }
    if (!hasLambda) console.log(LEFT_OUT)
    console.log([EXPLANATION, ...logs].join('\n'))
    if (flags.record !== undefined) await writeFile(flags.record, JSON.stringify(collector.events(), undefined, 2))
    // Checks all again: a duplicate may have arrived after its row was written.
    const failures =
      outcomes.length > 0 ? summarize(outcomes, collector.events()).failures : ['no host was left to try']
    console.log(formatVerdict(failures))
    return failures.length === 0 ? 0 : 1
  } finally {
    await collector.close()
  }
}

/** Those that are named, or all. */
function resolveKinds(named: readonly string[]): HostKind[] {
  const names = named.length > 0 ? named : Object.keys(HOSTS)
  const unknown = names.find((name) => !Object.hasOwn(HOSTS, name))
  if (unknown !== undefined) throw new RangeError(`'${unknown}' is no host: there are ${Object.keys(HOSTS).join(', ')}`)
  return names.flatMap((name) => HOSTS[name] ?? [])
}
