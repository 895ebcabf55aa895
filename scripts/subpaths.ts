// The subpaths of the package: `tsup.config.ts` builds them, `scripts/write-exports.ts` writes them into package.json, and
// `scripts/check.ts` compiles those that have types of their own. A new host is one line in this list.

interface Subpath {
  /** Its folder in `runtimes`, and what follows `analytics-edge/`. */
  readonly name: string
  /** Whether it is built a second time, on the core that binds itself to requests, for the condition `workerd`. */
  readonly hasWorkersCore?: true
  /** Conditions of package.json in their order, each with the file of the folder that it selects. */
  readonly conditions?: Readonly<Record<string, string>>
}

export const SUBPATHS: readonly Subpath[] = [
  { name: 'segment', hasWorkersCore: true },
  { name: 'workers', conditions: { workerd: 'index.workerd' } },
  { name: 'vercel', conditions: { 'edge-light': 'index', 'react-server': 'index.react-server' } },
  { name: 'lambda' },
  { name: 'request' },
  {
    name: 'node',
    conditions: Object.fromEntries(
      ['edge-light', 'workerd', 'worker', 'browser'].map((name) => [name, 'index.edge-light']),
    ),
  },
  { name: 'testing', hasWorkersCore: true },
  { name: 'plan' },
  { name: 'kit', hasWorkersCore: true },
]

/** Bundlers for workerd take ES modules, so a file for it needs no other form. */
const WORKERS_ONLY = 'index.workerd'

/** The name in `dist` of a file: `workers` for the index of `workers`, `vercel.react-server` for its `index.react-server`. */
function outputOf(name: string, file: string): string {
  return file.replace('index', name)
}

const listFiles = ({ name, conditions = {} }: Subpath): [output: string, source: string][] =>
  [...new Set(['index', ...Object.values(conditions)])].map((file) => [
    outputOf(name, file),
    `runtimes/${name}/${file}.ts`,
  ])

const isForWorkers = ([, source]: [string, string]) => source.endsWith(`${WORKERS_ONLY}.ts`)

/** What tsup builds: by the name in `dist`, the source. */
export const ENTRIES = {
  both: Object.fromEntries([
    ['index', 'src/kit/core.ts'],
    ...SUBPATHS.flatMap(listFiles).filter((file) => !isForWorkers(file)),
  ]),
  workers: Object.fromEntries(SUBPATHS.flatMap(listFiles).filter(isForWorkers)),
  onWorkersCore: Object.fromEntries(
    SUBPATHS.filter(({ hasWorkersCore }) => hasWorkersCore).map(({ name }) => [
      `${name}.workerd`,
      `runtimes/${name}/index.ts`,
    ]),
  ),
} satisfies Record<string, Record<string, string>>

const both = (output: string) => ({ import: `./dist/${output}.js`, require: `./dist/${output}.cjs` })

function exportsOf({ name, hasWorkersCore, conditions = {} }: Subpath): object {
  const selected = Object.entries(conditions).map(([condition, file]) => {
    const output = outputOf(name, file)
    return [condition, file === WORKERS_ONLY ? `./dist/${output}.js` : both(output)]
  })
  const onWorkersCore = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.workerd.js` }
  return { ...(hasWorkersCore && { workerd: onWorkersCore }), ...Object.fromEntries(selected), ...both(name) }
}

/** `exports` of package.json. */
export const EXPORTS: Readonly<Record<string, unknown>> = {
  '.': { workerd: './dist/workerd.js', ...both('index') },
  ...Object.fromEntries(SUBPATHS.map((subpath) => [`./${subpath.name}`, exportsOf(subpath)])),
  './package.json': './package.json',
}

/** `typesVersions` of package.json, for `moduleResolution: node10`. */
export const TYPES_VERSIONS = {
  '*': Object.fromEntries(SUBPATHS.map(({ name }) => [name, [`./dist/${name}.d.cts`]])),
}
