// Checks formatting and lint, all types, generated files, and the arrows of ARCHITECTURE.md.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SUBPATHS } from './subpaths.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', ...SUBPATHS.map(({ name }) => `runtimes/${name}`)]
const projects = [...folders, '.', 'collector/page', 'examples/cloudflare-worker', 'examples/shop']

/** The native compiler: a quarter of the time. `npm run build` and the suite `package` compile with those before it. */
const TSC = 'node node_modules/typescript-7/bin/tsc'

const commands = [
  // Tests of the package import what is built.
  ...(existsSync(`${ROOT}dist/index.d.ts`) ? [] : ['npm run build']),
  'biome check',
  'node scripts/write-exports.ts --check',
  ...projects.filter((folder) => existsSync(`${ROOT}${folder}/tsconfig.json`)).map((folder) => `${TSC} -p ${folder}`),
  'depcruise --config .dependency-cruiser.cjs src runtimes collector',
]
for (const command of commands) {
  const { status } = spawnSync(command, { cwd: ROOT, stdio: 'inherit', shell: true })
  if (status !== 0) process.exit(status ?? 1)
}
