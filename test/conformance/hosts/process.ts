import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { execa } from 'execa'
import { findEngine } from '../../support/engines.ts'
import { describeRuntime } from '../describe-runtime.ts'
import type { RunSuite, RuntimeName } from '../runtime.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Far more than the suite takes. */
const SUITE_MS = 120_000

type Format = 'esm' | 'cjs'

export interface ProcessRuntime {
  readonly name: RuntimeName
  /** As in `_metadata.jsRuntime`. */
  readonly jsRuntime: string
  /** The executable, from the root of the repository. */
  readonly executable: string
  readonly args?: readonly string[]
  /** What runs the suite where `executable` is not installed. */
  readonly substitute?: string
}

/** A runtime that is a program: one process runs the whole suite. */
export function describeProcess({ name, jsRuntime, executable, args = [], substitute }: ProcessRuntime): void {
  const engine = findEngine(name, executable)
  const path = engine ?? substitute
  if (path === undefined) return
  const run = (format: Format): RunSuite => inProcess(format, (entry) => [path, ...args, entry, jsRuntime])
  describeRuntime({ name, forms: { '`import`': run('esm'), '`require`': run('cjs') }, isOfTable: path === engine })
}

function inProcess(format: Format, toCommand: (entry: string) => [path: string, ...args: string[]]): RunSuite {
  return (collectorUrl, onResult) =>
    runInFolder(format, async (entry) => {
      const [path, ...args] = toCommand(entry)
      const child = execa(path, [...args, collectorUrl], {
        stdin: 'ignore',
        timeout: SUITE_MS,
        killSignal: 'SIGKILL',
        reject: false,
      })
      let version = 'unknown'
      createInterface(child.stdout).on('line', (line) => {
        // The entry writes nothing else.
        const message = JSON.parse(line)
        if (message.version === undefined) onResult(message)
        else version = message.version
      })
      const { exitCode, stderr } = await child
      if (exitCode !== 0 || stderr !== '') throw new Error(`${path} ended with ${exitCode}; stderr: ${stderr}`)
      return version
    })
}

/** The suite as one file, since not every Node runs TypeScript, in a project that has the package installed. */
async function runInFolder<Result>(format: Format, run: (entry: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/analytics-edge'))
    await writeFile(join(folder, 'package.json'), '{ "dependencies": { "analytics-edge": "*" } }')
    const outfile = join(folder, format === 'esm' ? 'suite.mjs' : 'suite.cjs')
    await build({
      entryPoints: [fileURLToPath(new URL('./process-entry.ts', import.meta.url))],
      bundle: true,
      outfile,
      format,
      target: 'es2022',
      external: ['analytics-edge', 'node:*'],
    })
    return await run(outfile)
  } finally {
    await rm(folder, { recursive: true })
  }
}
