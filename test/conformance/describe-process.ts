import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { findGap } from './known-gaps.ts'
import type { CaseResult } from './run-all.ts'
import { cases } from './suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entry = fileURLToPath(new URL('./process-entry.ts', import.meta.url))

const SUITE_MS = 120_000

export interface Runtime {
  /** As in `_metadata.jsRuntime`. */
  readonly name: string
  /** The executable, from the root of the repository. */
  readonly executable: string
  readonly args: readonly string[]
}

/** Has the suite run by another runtime, in a process that is started once, and tells of each case. */
export function describeProcess({ name, executable, args }: Runtime): void {
  const path = `${root}/${executable}`
  // The engines are for Linux x64; elsewhere the runtime is not among those that the suite knows of.
  if (!existsSync(path)) {
    it(`${name} is not installed here (${executable}): none of its cases is run`, () =>
      expect(existsSync(path)).toBe(false))
    return
  }
  describe(name, () => {
    let collector: Collector
    const results = new Map<string, CaseResult>()
    let stderr = ''
    let exitCode: unknown

    beforeAll(async () => {
      collector = await startCollector()
      const child = spawn(path, [...args, entry, name, collector.url], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      createInterface(child.stdout).on('line', (line) => {
        // A cast: the entry writes nothing else.
        const result = JSON.parse(line) as CaseResult
        results.set(result.name, result)
      })
      // A suite that hangs is told case by case, rather than as one hook that took too long.
      const timer = setTimeout(() => child.kill('SIGKILL'), SUITE_MS)
      exitCode = await new Promise((resolve) => child.once('close', resolve))
      clearTimeout(timer)
    }, SUITE_MS * 2)
    afterAll(() => collector.close())

    it('runs the suite to its end', () => expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' }))

    for (const testCase of cases) {
      // A gap that has closed fails here, and leaves the list.
      const define = findGap(name, testCase.name) ? it.fails : it
      define(testCase.name, () => {
        const result = results.get(testCase.name)
        if (!result?.ok) throw new Error(result?.error ?? `the case was not run: ${stderr}`)
      })
    }
  })
}
