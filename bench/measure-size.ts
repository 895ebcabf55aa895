import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

export interface BundleSize {
  /** What a Worker loads to start, gzip -9. */
  initialBytes: number
  /** With what it loads only when it needs it. */
  totalBytes: number
  /** All in one file, as where a bundler is told not to split. */
  singleFileBytes: number
}

/** Bundles a program for Workers as wrangler would, minified. */
export async function measureSize(program: string, resolveDir: string): Promise<BundleSize> {
  const split = await bundle(program, resolveDir, true)
  const single = await bundle(program, resolveDir, false)
  const initial = collectStatic(split.metafile)
  const sizeOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (split.sizes.get(name) ?? 0), 0)
  const singleFileBytes = [...single.sizes.values()].reduce((sum, size) => sum + size, 0)
  return { initialBytes: sizeOf(initial), totalBytes: sizeOf([...split.sizes.keys()]), singleFileBytes }
}

async function bundle(program: string, resolveDir: string, splitting: boolean) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir, sourcefile: 'program.js' },
    absWorkingDir: resolveDir,
    outdir: 'out',
    bundle: true,
    minify: true,
    splitting,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    // What the runtime has of its own; `buffer` with the flag that Segment's library needs.
    external: ['node:*', 'cloudflare:*', 'buffer'],
    legalComments: 'none',
    logLevel: 'error',
  })
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [
      path
        .slice(resolveDir.length)
        .replace(/^[/\\]/, '')
        .replaceAll('\\', '/'),
      gzipSync(contents, { level: 9 }).length,
    ]),
  )
  return { metafile, sizes }
}

/** The entry, and what it imports without asking for it at run time. */
function collectStatic({ outputs }: Metafile): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const { path, kind } of outputs[name]?.imports ?? []) if (kind === 'import-statement') visit(path)
  }
  for (const [name, { entryPoint }] of Object.entries(outputs)) if (entryPoint === 'program.js') visit(name)
  return [...found].filter((name) => name in outputs)
}
