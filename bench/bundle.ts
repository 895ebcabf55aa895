import { builtinModules } from 'node:module'
import { build, type Metafile, type Plugin } from 'esbuild'

export interface WorkersBundle {
  /** Contents by file name. */
  files: Map<string, Uint8Array>
  /** The files that a Worker loads to start: the entry, and what it imports without asking for it at run time. */
  initial: readonly string[]
}

const ENTRY = 'program.js'

/** Bundles a program as wrangler would, minified; what the runtime itself has is left out. */
export async function bundleForWorkers(
  program: string,
  resolveDir: string,
  { splitting, plugins = [] }: { splitting: boolean; plugins?: Plugin[] },
): Promise<WorkersBundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir, sourcefile: ENTRY },
    absWorkingDir: resolveDir,
    outdir: 'out',
    bundle: true,
    minify: true,
    splitting,
    plugins,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    alias: Object.fromEntries(builtinModules.filter(isPlainName).map((name) => [name, `node:${name}`])),
    legalComments: 'none',
    logLevel: 'silent',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [toName(path, resolveDir), contents]))
  return { files, initial: collectInitial(metafile) }
}

function isPlainName(name: string): boolean {
  return /^[a-z]\w*$/.test(name)
}

/** As the metafile has it. */
function toName(path: string, folder: string): string {
  return path.slice(folder.length).replaceAll('\\', '/').replace(/^\//, '')
}

function collectInitial({ outputs }: Metafile): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    const output = outputs[name]
    if (!output || found.has(name)) return
    found.add(name)
    for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path)
  }
  for (const [name, { entryPoint }] of Object.entries(outputs)) if (entryPoint === ENTRY) visit(name)
  return [...found]
}
