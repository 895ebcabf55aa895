import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { measureSize, type SizeRow } from './measure-size.ts'

/** What could be left out of the bundle, if the SDK did less: modules in `src`. */
const LEFT_OUT: readonly { title: string; modules: RegExp }[] = [
  { title: 'OAuth', modules: /^(auth\/.*|settings\/oauth-settings)$/ },
  { title: 'plugins', modules: /^(plugins\/.*|delivery\/plugin-stage|lib\/(copy-data|with-limit))$/ },
  { title: 'checks of settings', modules: /^settings\/check$/ },
  {
    title: 'what is done about failures: retries, limits, deadlines, redaction, warnings',
    modules:
      /^(errors|delivery\/(retry|limits|outcome\/unhandled-failures)|http\/(back-off|deadline|retry-after|headers|redact|read-body))$/,
  },
  {
    title: 'how outcomes are reported: contexts, callbacks, listeners; and `gzip`',
    modules: /^(events\/(context|emitter)|delivery\/outcome\/notify|lib\/(set-path|reporter)|http\/gzip)$/,
  },
]

const EXPORT = /^export (?:async )?(?:function|class|const) (\w+)/gm

/** The bundle without one part, without two, and so on: the program no longer runs, but it shows what the rest takes. */
export async function measureParts(packageDir: string): Promise<SizeRow[]> {
  const rows: SizeRow[] = []
  for (const [index, { title }] of LEFT_OUT.entries()) {
    const leftOut = LEFT_OUT.slice(0, index + 1).map(({ modules }) => modules)
    const options = { plugins: [leaveOut(join(packageDir, 'src/'), leftOut)] }
    rows.push({ title, size: await measureSize("export { Analytics } from './src/index.ts'", packageDir, options) })
  }
  return rows
}

/** Leaves of a module only the names that it exports. */
function leaveOut(sourceDir: string, modules: readonly RegExp[]): Plugin {
  return {
    name: 'leave-out',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const name = path.startsWith(sourceDir) ? path.slice(sourceDir.length).replace(/\.ts$/, '') : ''
        if (!modules.some((pattern) => pattern.test(name))) return undefined
        const names = [...readFileSync(path, 'utf8').matchAll(EXPORT)].map(([, exported]) => exported)
        return { contents: names.map((exported) => `export var ${exported} = globalThis`).join('\n') }
      })
    },
  }
}
