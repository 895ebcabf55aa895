import { findGap } from './known-gaps.ts'
import { RUNTIMES, type RuntimeName } from './runtime.ts'

/** What came of the suite on one runtime. */
export interface Row {
  readonly name: RuntimeName
  readonly version: string
  readonly forms: readonly string[]
  /** The cases that did not pass in each form. */
  readonly failedNames: readonly string[]
}

const MARKED = /(?<=<!-- support: .* -->\n).*(?=<!-- \/support -->)/s

/** The README's part that tells of the runtimes. */
export function readTable(readme: string): string {
  const [table] = MARKED.exec(readme) ?? []
  if (table === undefined)
    throw new Error('the README lacks the two lines between which the table is: <!-- support: … -->')
  return table
}

export function replaceTable(readme: string, table: string): string {
  readTable(readme)
  return readme.replace(MARKED, () => table)
}

/** @throws Error when it has not every runtime */
export function renderTable(rows: readonly Row[], caseCount: number): string {
  const missing = RUNTIMES.filter((name) => !rows.some((row) => row.name === name))
  if (missing.length > 0)
    throw new Error(`no table without ${missing.join(', ')}: not installed here, or without a runner`)
  const sorted = RUNTIMES.flatMap((name) => rows.filter((row) => row.name === name))
  const gaps = sorted.flatMap(renderGaps)
  return [
    '',
    renderIntroduction(caseCount),
    '',
    '| Runtime | Version | Loads the package with | Cases that pass |',
    '| --- | --- | --- | --- |',
    ...sorted.map(renderRow),
    '',
    ...(gaps.length > 0 ? [...gaps, ''] : []),
    '',
  ].join('\n')
}

/** A round number, so that a case more does not make a new table. */
export function renderIntroduction(caseCount: number): string {
  const roundCount = Math.floor(caseCount / 50) * 50
  return `Each of these runs one suite of more than ${roundCount} cases on the built package:`
}

export function renderRow({ name, version, forms, failedNames }: Row): string {
  const passed = failedNames.length === 0 ? 'all' : `all but ${failedNames.length} (see below)`
  return `| ${name} | ${version} | ${forms.join(', ')} | ${passed} |`
}

/** A line for each reason. */
export function renderGaps({ name, failedNames }: Row): string[] {
  const reasonOf = (failedName: string) => findGap(name, failedName)?.reason ?? 'for no known reason'
  return [...new Set(failedNames.map(reasonOf))].sort().map((reason) => {
    const names = failedNames.filter((failedName) => reasonOf(failedName) === reason)
    return `- ${name}: ${reason}: *${names.sort().join('*, *')}*`
  })
}
