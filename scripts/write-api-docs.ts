// Writes docs/api from the declarations in dist/: a page of reference and a report of the public API for each subpath.
// With --check, it compares instead, and fails if the committed files do not match the code.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, type ExtractorLogLevel } from '@microsoft/api-extractor'
import { Application } from 'typedoc'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMMITTED = join(ROOT, 'docs/api')

/** The subpaths of the package by the names of their declarations: `index`, `workers`, … */
async function listEntries(): Promise<string[]> {
  const { exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  return Object.keys(exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => (subpath === '.' ? 'index' : subpath.slice('./'.length)))
}

const declarationsOf = (entry: string) => join(ROOT, 'dist', `${entry}.d.ts`)

async function writeReference(folder: string, entries: readonly string[], tsconfig: string): Promise<void> {
  // The cast: typedoc does not know the options of its plugins.
  const options = {
    entryPoints: entries.map(declarationsOf),
    tsconfig,
    plugin: ['typedoc-plugin-markdown'],
    // Without it, typedoc writes to docs/, after it has emptied that.
    outputs: [{ name: 'markdown', path: folder }],
    // The pages are Markdown for a repository: one a subpath, without navigation.
    router: 'module',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    readme: 'none',
    name: 'API reference',
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    skipErrorChecking: true,
    // Defaults are prose: "none: …".
    jsDocCompatibility: { defaultTag: false, exampleTag: true },
    parametersFormat: 'table',
    logLevel: 'Warn',
    // Types that a signature names and the package does not export.
    validation: { notExported: false, invalidLink: true },
    treatValidationWarningsAsErrors: true,
  } as object
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (!project) throw new Error('typedoc could not read dist/: run npm run build')
  app.validate(project)
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('typedoc has complaints, see above')
  await nameModules(folder, entries)
}

/** Typedoc names a page for its file; a reader knows the module by what they import. */
async function nameModules(folder: string, entries: readonly string[]): Promise<void> {
  const toModule = (entry: string) => (entry === 'index' ? 'analytics-edge' : `analytics-edge/${entry}`)
  for (const entry of entries) {
    const page = join(folder, `${entry}.md`)
    const text = await readFile(page, 'utf8')
    await writeFile(page, text.replace(`# ${entry}\n`, `# ${toModule(entry)}\n`))
  }
  const contents = join(folder, 'README.md')
  const text = await readFile(contents, 'utf8')
  await writeFile(
    contents,
    text.replace(/\[(\w+)\](?=\(\1\.md\))/g, (_, entry) => `[${toModule(entry)}]`),
  )
}

function writeReport(folder: string, entry: string, tsconfig: object): void {
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(ROOT, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: declarationsOf(entry),
      compiler: { overrideTsconfig: tsconfig, skipLibCheck: true },
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: folder,
        reportTempFolder: folder,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
    },
  })
  Extractor.invoke(config, {
    localBuild: true,
    // Its complaints are about the style of comments; the compiler and typedoc have checked the rest. The cast: the enum has no values here.
    messageCallback: (message) => {
      message.logLevel = 'none' as ExtractorLogLevel.None
    },
  })
}

/** A report lists every type that its entry mentions. Those of the core are in the report of the core. */
async function leaveOutCore(folder: string, entries: readonly string[]): Promise<void> {
  const toBlocks = (report: string) => report.split(/\n\n(?=\/\/ @)/)
  const toKey = (block: string) => block.replace(/^export /gm, '').trim()
  const reportOf = (entry: string) => join(folder, `${entry}.api.md`)
  const core = new Set(toBlocks(await readFile(reportOf('index'), 'utf8')).map(toKey))
  for (const entry of entries.filter((each) => each !== 'index')) {
    const blocks = toBlocks(await readFile(reportOf(entry), 'utf8'))
    const own = blocks.filter((block) => /^export /m.test(block) || !core.has(toKey(block)))
    await writeFile(reportOf(entry), own.join('\n\n'))
  }
}

async function write(folder: string): Promise<void> {
  const entries = await listEntries()
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    lib: ['ES2022'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  const tsconfig = { compilerOptions, files: entries.map(declarationsOf) }
  const configFolder = await mkdtemp(join(tmpdir(), 'api-config-'))
  try {
    const file = join(configFolder, 'tsconfig.json')
    await writeFile(file, JSON.stringify(tsconfig))
    await writeReference(folder, entries, file)
    const reports = join(folder, 'report')
    for (const entry of entries) writeReport(reports, entry, tsconfig)
    await leaveOutCore(reports, entries)
  } finally {
    await rm(configFolder, { recursive: true })
  }
}

async function read(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md')).sort()
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

/** The pages whose text is not that of the other folder. */
async function listStale(folder: string): Promise<string[]> {
  const [expected, actual] = await Promise.all([read(folder), read(COMMITTED)])
  const names = new Set([...expected.keys(), ...actual.keys()])
  return [...names].filter((name) => expected.get(name) !== actual.get(name))
}

// Writes elsewhere first, so that a failure does not change the existing files.
const folder = await mkdtemp(join(tmpdir(), 'api-'))
try {
  await write(folder)
  if (process.argv.includes('--check')) {
    const stale = await listStale(folder)
    if (stale.length > 0) {
      console.error(`docs/api is out of date (${stale.join(', ')}). Run npm run docs:api, and commit the result.`)
      process.exitCode = 1
    }
  } else {
    await rm(COMMITTED, { recursive: true, force: true })
    await cp(folder, COMMITTED, { recursive: true })
  }
} finally {
  await rm(folder, { recursive: true })
}
