// Runs the conformance suite on every runtime and writes the results into the README.
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cases } from '../test/conformance/suite.ts'
import { renderTable, replaceTable } from '../test/conformance/support-table.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const README = join(ROOT, 'README.md')

const folder = await mkdtemp(join(tmpdir(), 'support-'))
try {
  const { status } = spawnSync(process.execPath, [VITEST, 'run', 'test/conformance/runtimes'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, SUPPORT_ROWS: folder },
  })
  if (status !== 0) throw new Error('a run that fails makes no table')
  const names = await readdir(folder)
  const rows = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))))
  await writeFile(README, replaceTable(await readFile(README, 'utf8'), renderTable(rows, cases.length)))
  console.log('The table in README.md is that of this run.')
} finally {
  await rm(folder, { recursive: true })
}
