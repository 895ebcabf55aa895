import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CASES } from './cases.ts'
import { measureSize } from './measure-size.ts'
import { startProcesses } from './processes.ts'
import type { SubjectName } from './protocol.ts'
import { summarize } from './statistics.ts'
import { takeSamples } from './take-samples.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    samples: { type: 'string', default: '9' },
    subjects: { type: 'string' },
  },
})
const packageDir = resolve(values.package)
const words = positionals.length > 0 ? positionals : ['size', ...Object.keys(CASES)]

if (words.includes('size')) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const rows: [string, string, string][] = [
    ['Analytics', "export { Analytics } from 'analytics-edge'", packageDir],
    [
      'Analytics + /workers',
      "export { Analytics } from 'analytics-edge'; export { withAnalytics } from 'analytics-edge/workers'",
      packageDir,
    ],
    ['/workers alone', "export { withAnalytics } from 'analytics-edge/workers'", packageDir],
    ['Segment', "export { Analytics } from '@segment/analytics-node'", root],
    ['PostHog', "export { PostHog } from 'posthog-node'", root],
  ]
  console.log('size, bytes gzip -9: initial, total, single file')
  for (const [name, program, dir] of rows) {
    try {
      const { initialBytes, totalBytes, singleFileBytes } = await measureSize(program, dir)
      console.log(`  ${name.padEnd(24)} ${initialBytes}  ${totalBytes}  ${singleFileBytes}`)
    } catch (error) {
      console.log(`  ${name.padEnd(24)} ${String(error).slice(0, 300)}`)
    }
  }
}
const processes = await startProcesses(packageDir)
try {
  for (const word of words) {
    for (const current of CASES[word]?.() ?? []) {
      const names = values.subjects?.split(',') as SubjectName[] | undefined
      const subjects = current.subjects.filter((name) => !names || names.includes(name))
      const result = await takeSamples(processes, { ...current, subjects }, Number(values.samples))
      for (const metric of current.metrics) {
        console.log(`${current.title}: ${metric.name} (${metric.unit}); median [quartiles] x floor, x segment`)
        const medianOf = (name: SubjectName) => summarize((result.samples.get(name) ?? []).map(metric.read)).median
        for (const [name, samples] of result.samples) {
          const { median, low, high } = summarize(samples.map(metric.read))
          const ratio = (to: SubjectName) => (median / medianOf(to)).toFixed(2)
          const requests = result.requestCounts.get(name)
          console.log(
            `  ${name.padEnd(12)} ${median.toFixed(2).padStart(9)} [${low.toFixed(2)} ${high.toFixed(2)}]  x${ratio('floor')}  x${ratio('segment')}  ${requests} requests`,
          )
        }
      }
    }
  }
} finally {
  processes.stop()
}
