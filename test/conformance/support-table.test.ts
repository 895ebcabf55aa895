import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { knownGaps } from './known-gaps.ts'
import { RUNTIMES } from './runtime.ts'
import { cases } from './suite.ts'
import { readTable, renderIntroduction } from './support-table.ts'

// That a row agrees with the run is a test of each runner; here is what no single one can see.
const table = readTable(await readFile(new URL('../../README.md', import.meta.url), 'utf8'))

it('has a row for each runtime, in order, and no other', () => {
  const names = [...table.matchAll(/^\| (?!Runtime|---)(.+?) \|/gm)].map(([, name]) => name)
  expect(names).toEqual(RUNTIMES)
})

it('says roughly how many cases there are', () => expect(table).toContain(renderIntroduction(cases.length)))

it('lists each known gap and nothing else', () => {
  const told = [...table.matchAll(/^- (.+?): .+?: \*(.+)\*$/gm)].flatMap(([, runtime, names]) =>
    (names ?? '').split('*, *').map((name) => `${runtime}: ${name}`),
  )
  expect(told.sort()).toEqual(knownGaps.map((gap) => `${gap.runtime}: ${gap.case}`).sort())
})

it('each runtime has a runner', async () => {
  const runners = await readdir(new URL('./runtimes', import.meta.url))
  expect(runners).toHaveLength(RUNTIMES.length)
})
