import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const MODULES = join(root, 'node_modules')
const START_OF_RUNTIME_TYPES = '// Begin runtime types'

let folder: string
let generated: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worker-types-'))
  await cp(fileURLToPath(new URL('workers', import.meta.url)), folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await mkdir(join(folder, 'node_modules'))
  // What a user has installed. Another version of the Workers types must not be found by chance.
  await symlink(root, join(folder, 'node_modules/analytics-edge'))
  for (const name of ['hono', 'workers-types-2025'])
    await symlink(join(MODULES, name), join(folder, 'node_modules', name))
  await mkdir(join(folder, 'node_modules/@cloudflare'))
  await symlink(join(MODULES, '@cloudflare/workers-types'), join(folder, 'node_modules/@cloudflare/workers-types'))

  const wrangler = join(MODULES, 'wrangler/bin/wrangler.js')
  await promisify(execFile)(process.execPath, [wrangler, 'types', 'generated.d.ts'], {
    cwd: folder,
    env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  generated = await readFile(join(folder, 'generated.d.ts'), 'utf8')
  // The list of bindings alone, for types that do not come from wrangler.
  await writeFile(join(folder, 'bindings.d.ts'), generated.slice(0, generated.indexOf(START_OF_RUNTIME_TYPES)))
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Setup {
  files: string[]
  types?: string[]
  lib?: string[]
}

/** What tsc says about these files, and about the types that they use: `file(line,column): …`. */
async function compile({ files, types = [], lib = ['ES2022'] }: Setup): Promise<string[]> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    lib,
    types,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = join(MODULES, 'typescript/bin/tsc')
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder }).catch(
    (failure: { code?: unknown; stdout: string }) => {
      // 2: it has compiled the program, and found errors.
      if (failure.code !== 2) throw failure
      return failure
    },
  )
  return stdout.split('\n').filter((line) => /^\S/.test(line))
}

/** The types that a Worker may have of its runtime. */
const TYPES = {
  'wrangler types': { files: ['generated.d.ts'] },
  '@cloudflare/workers-types': { files: ['bindings.d.ts'], types: ['@cloudflare/workers-types'] },
  // Those that wrangler 4.50 generated in November 2025, but for one form of BodyInit.
  '@cloudflare/workers-types of November 2025': { files: ['bindings.d.ts'], types: ['workers-types-2025/latest'] },
}

describe.each(Object.entries(TYPES))('with the types of %s', (_, { files, ...others }) => {
  test('a Worker compiles: its handlers, classes and bindings, and a Worker written before the wrapper', async () => {
    const programs = ['main.ts', 'main-caller.ts', 'existing-workers.ts', 'mistakes.ts']
    expect(await compile({ files: [...programs, ...files], ...others })).toEqual([])
  }, 120_000)
})

test("every mistake is found with wrangler's types", async () => {
  const text = await readFile(join(folder, 'mistakes.ts'), 'utf8')
  await writeFile(join(folder, 'unmarked.ts'), text.replaceAll('@ts-expect-error', ''))
  const marks = text.split('\n').flatMap((line, index) => (line.includes('@ts-expect-error') ? [index + 2] : []))
  const complaints = await compile({ files: ['unmarked.ts', 'generated.d.ts'] })
  const lines = complaints.map((complaint) => Number(complaint.match(/^unmarked\.ts\((\d+),/)?.[1]))
  expect([...new Set(lines)]).toEqual(marks)
  expect(marks.length).toBeGreaterThan(15)
}, 120_000)

// `workers-types-2025` alone has the types for the oldest compatibility dates.
test.each(['@cloudflare/workers-types', 'workers-types-2025/latest', 'workers-types-2025'])(
  'without a list of bindings, `env` is what the source or the handler says: %s',
  async (types) => {
    expect(await compile({ files: ['without-list.ts'], types: [types] })).toEqual([])
  },
  120_000,
)

test('imported types fit as well', async () => {
  expect(await compile({ files: ['imported.ts'], lib: ['ES2022', 'DOM'] })).toEqual([])
}, 120_000)

test('without Workers types, handlers have only the members that the SDK needs', async () => {
  expect(await compile({ files: ['without-types.ts'], lib: ['ES2022', 'DOM'] })).toEqual([])
}, 120_000)
