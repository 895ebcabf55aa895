import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startProcesses } from './processes.ts'
import type { SubjectName } from './protocol.ts'
import { buildReport } from './report.ts'
import { PARTS, type Results } from './results.ts'
import { ROOT } from './root.ts'

// Without words, everything is measured and docs/benchmarks.md is written; with words, only those parts are, and shown.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** The folder whose `dist` is measured. */
    package: { type: 'string', default: ROOT },
    samples: { type: 'string', default: '9' },
    /** Only these, as `floor,ours`. */
    subjects: { type: 'string' },
  },
})

const packageDir = resolve(values.package)
// A cast: a name that is none leaves the tables empty.
const subjects = values.subjects?.split(',') as SubjectName[] | undefined
const options = { packageDir, sampleCount: Number(values.samples), subjects }
const words = positionals.length > 0 ? positionals : Object.keys(PARTS)
const isWhole = positionals.length === 0 && !subjects && packageDir === ROOT

const processes = await startProcesses(packageDir)
const results: Results = {}
try {
  for (const word of words) {
    const measurePart = PARTS[word]
    if (!measurePart) throw new Error(`'${word}' is none of ${Object.keys(PARTS).join(', ')}`)
    console.error(`measuring: ${word}`)
    Object.assign(results, await measurePart(processes, options))
  }
} finally {
  processes.stop()
}
const report = buildReport(results, packageDir)
console.log(report)
if (isWhole) writeFileSync(join(ROOT, 'docs/benchmarks.md'), report)
