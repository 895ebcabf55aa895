import { builtinModules } from 'node:module'
import { build, type Plugin } from 'esbuild'

/** Bundles a program as wrangler would, into one file, minified; what the runtime itself has is left out. */
export async function bundleForWorkers(
  program: string,
  resolveDir: string,
  { plugins = [] }: { plugins?: Plugin[] } = {},
): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir, sourcefile: 'program.js' },
    absWorkingDir: resolveDir,
    bundle: true,
    minify: true,
    plugins,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    alias: Object.fromEntries(builtinModules.filter(isPlainName).map((name) => [name, `node:${name}`])),
    legalComments: 'none',
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made no file')
  return file.contents
}

function isPlainName(name: string): boolean {
  return /^[a-z]\w*$/.test(name)
}
