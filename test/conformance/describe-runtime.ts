import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { findGap } from './known-gaps.ts'
import type { CaseResult } from './run-all.ts'
import { RUNTIMES, type Runtime } from './runtime.ts'
import { cases } from './suite.ts'
import { type Row, readTable, renderGaps, renderRow } from './support-table.ts'

/** Far more than the suite takes. */
const SUITE_MS = 240_000

/** Has a runtime run the suite, in each of its forms, and tells of each case. */
export function describeRuntime({ name, forms, isOfTable = true }: Runtime): void {
  const versions = new Set<string>()
  const failedNames = new Set<string>()

  describe.each(Object.entries(forms))(`${name}, %s`, (_form, runSuite) => {
    const results = new Map<string, CaseResult>()
    let collector: Collector
    let trouble: unknown

    beforeAll(async () => {
      collector = await startCollector()
      try {
        versions.add(await runSuite(collector.url, (result) => results.set(result.name, result)))
      } catch (error) {
        // Reported by its own test, so that the cases that did run are reported one by one.
        trouble = error
      }
      for (const testCase of cases) if (!results.get(testCase.name)?.ok) failedNames.add(testCase.name)
    }, SUITE_MS)
    afterAll(() => collector.close())

    it('finishes the suite', () => expect(trouble).toBeUndefined())

    for (const testCase of cases) {
      // A gap that has closed fails here, and leaves the list.
      const define = findGap(name, testCase.name) ? it.fails : it
      define(testCase.name, () => {
        const result = results.get(testCase.name)
        if (!result?.ok) throw new Error(result?.error ?? 'the case was not run')
      })
    }
  })

  if (!isOfTable) return
  it(`${name} is in the README's table with what it ran`, async () => {
    const [version = 'none', ...otherVersions] = versions
    expect(otherVersions).toEqual([])
    await compare({ name, version, forms: Object.keys(forms), failedNames: [...failedNames] })
  })
}

/** With the README; or notes the row for `npm run docs:support`, which makes a new table of it. */
async function compare(row: Row): Promise<void> {
  const { SUPPORT_ROWS } = process.env
  if (SUPPORT_ROWS) {
    await writeFile(join(SUPPORT_ROWS, `${RUNTIMES.indexOf(row.name)}.json`), JSON.stringify(row))
    return
  }
  const table = readTable(await readFile(new URL('../../README.md', import.meta.url), 'utf8')).split('\n')
  for (const line of [renderRow(row), ...renderGaps(row)]) {
    expect(table, 'after a change on purpose: npm run docs:support').toContain(line)
  }
}
