// Writes `exports` and `typesVersions` of package.json from the list of subpaths. With `--check` it only compares.
import { readFile, writeFile } from 'node:fs/promises'
import { EXPORTS, TYPES_VERSIONS } from './subpaths.ts'

const file = new URL('../package.json', import.meta.url)
const current = await readFile(file, 'utf8')
const wanted = `${JSON.stringify({ ...JSON.parse(current), exports: EXPORTS, typesVersions: TYPES_VERSIONS }, undefined, 2)}\n`
if (process.argv[2] !== '--check') {
  await writeFile(file, wanted)
} else if (current !== wanted) {
  console.error('package.json differs from scripts/subpaths.ts: run node scripts/write-exports.ts')
  process.exitCode = 1
}
