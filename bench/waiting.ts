import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { asTimes, asUs } from './bars.ts'
import { ROOT } from './root.ts'
import type { WaitingJob, WaitingMessage } from './waiting-child.ts'

// Whether an event costs the same among 100,000 that wait as among 1,000: `node bench/waiting.ts [FOLDER]`, of the `dist` in the folder.
// Exits with 1 if one of the ratios is over its limit. Each figure is the least of a few samples, so that a busy machine does not fail it.

const FEW = 1_000
const MANY = 100_000
const MAX_RATIO = 3
const SAMPLE_COUNT = 3
/** Longer than the slowest sample takes on a busy machine. */
const SAMPLE_TIMEOUT_MS = 120_000

const KINDS: Record<WaitingJob['kind'], string> = {
  flush: 'to flush, all are answered',
  expire: 'to expire, nobody answers',
  newest: "a call to a full queue, 'newest'",
  oldest: "a call to a full queue, 'oldest'",
}

const url = pathToFileURL(join(resolve(process.argv[2] ?? ROOT), 'dist/index.js')).href

/** Has a fresh process take a sample: the CPU for one event, in µs. */
async function sample(job: WaitingJob): Promise<number> {
  const child = fork(fileURLToPath(new URL('waiting-child.ts', import.meta.url)), { execArgv: ['--expose-gc'] })
  const exited = once(child, 'exit').then(() => {
    throw new Error(`${JSON.stringify(job)}: no sample`)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), SAMPLE_TIMEOUT_MS)
  try {
    child.send({ job, url } satisfies WaitingMessage)
    const [figure] = await Promise.race([once(child, 'message'), exited])
    return figure
  } finally {
    clearTimeout(timer)
    exited.catch(() => {})
    child.kill('SIGKILL')
  }
}

/** The least of a few samples for few and for many, in turns. */
async function compare(job: Omit<WaitingJob, 'waitingCount'>): Promise<{ few: number; many: number }> {
  let [few, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < SAMPLE_COUNT; round++) {
    few = Math.min(few, await sample({ ...job, waitingCount: FEW }))
    many = Math.min(many, await sample({ ...job, waitingCount: MANY }))
  }
  return { few, many }
}

const nameCount = (count: number) => `${count.toLocaleString('en')} wait`
console.log(
  `| CPU for one event | flushAt | ${nameCount(FEW)} | ${nameCount(MANY)} | ratio, at most ${asTimes(MAX_RATIO)} |`,
)
console.log('| --- | ---: | ---: | ---: | ---: |')
for (const flushAt of [1, 15]) {
  // The cast: the keys of an object literal.
  for (const kind of Object.keys(KINDS) as WaitingJob['kind'][]) {
    const { few, many } = await compare({ kind, flushAt })
    const isMet = many / few <= MAX_RATIO
    const ratio = `${asTimes(many / few)}${isMet ? '' : ' NOT MET'}`
    console.log(`| ${KINDS[kind]} | ${flushAt} | ${asUs(few)} | ${asUs(many)} | ${ratio} |`)
    if (!isMet) process.exitCode = 1
  }
}
