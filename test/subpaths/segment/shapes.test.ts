// Programs in the manner of public code that uses Segment's library. Each compiles and runs with the reference and, with only the
// import changed, with `analytics-edge/segment`: the same events, output, which holds what callbacks were told, and exit code.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { show } from '../../compat/compare.ts'
import { type InstalledPackage, installPackage, ROOT } from '../../package/install-package.ts'

const SHAPES = fileURLToPath(new URL('./shapes', import.meta.url))
const files = (await readdir(SHAPES)).sort()
/** Some are there for their types alone. */
const programs = files.filter((file) => !file.endsWith('.types.ts'))

const REFERENCE = '@segment/analytics-node'
const OURS = 'analytics-edge/segment'

/** How projects have TypeScript resolve a package, and the module system that comes of it. */
const RESOLUTIONS = {
  node10: { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  nodenext: { module: 'NodeNext', moduleResolution: 'nodenext' },
  bundler: { module: 'Preserve', moduleResolution: 'bundler' },
} as const
type Resolution = keyof typeof RESOLUTIONS

let installed: InstalledPackage

beforeAll(async () => {
  installed = await installPackage()
  const modules = join(installed.project, 'node_modules')
  for (const name of ['@segment', '@types', 'jest-mock', 'sinon', 'vitest']) {
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  }
})
afterAll(() => installed.remove())

const folderOf = (sdk: string, resolution: Resolution) =>
  join(installed.project, `${resolution}-${sdk.replaceAll(/\W/g, '-')}`)

/** Writes the programs for an SDK, compiles them, and returns what the compiler says. */
async function compile(sdk: string, resolution: Resolution): Promise<string> {
  const folder = folderOf(sdk, resolution)
  await mkdir(folder)
  for (const file of files) {
    const text = await readFile(join(SHAPES, file), 'utf8')
    await writeFile(join(folder, file), text.replaceAll("'SDK'", `'${sdk}'`))
  }
  const type = resolution === 'node10' ? 'commonjs' : 'module'
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }))
  const compilerOptions = {
    strict: true,
    noImplicitOverride: true,
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    types: ['node'],
    esModuleInterop: true,
    skipLibCheck: true,
    rootDir: '.',
    ...RESOLUTIONS[resolution],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const { stdout } = await run(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', folder])
  return stdout
}

interface Run {
  readonly code: number | string | null
  readonly stdout: string
}

function run(file: string, args: string[], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { env: { ...process.env, ...env } }, (error, stdout) =>
      resolve({ code: error ? (error.code ?? error.signal ?? null) : 0, stdout }),
    )
  })
}

/** What a program shows of itself: what it sent, without what differs from run to run, what it wrote, and how it ended. */
async function observe(sdk: string, resolution: Resolution, file: string) {
  const collector = await startCollector()
  try {
    const program = join(folderOf(sdk, resolution), file.replace(/ts$/, 'js'))
    const { code, stdout } = await run(program, [], { SEGMENT_HOST: collector.url })
    const events = collector.events().map(({ event: { messageId, timestamp, context, _metadata, ...rest } }) => {
      const { library, ...own } = context as Record<string, unknown>
      return show({ ...rest, own })
    })
    return { code, stdout, events: events.sort() }
  } finally {
    await collector.close()
  }
}

describe.each(Object.keys(RESOLUTIONS) as Resolution[])('%s', (resolution) => {
  test.each([REFERENCE, OURS])('%s compiles every program', async (sdk) => {
    expect(await compile(sdk, resolution)).toBe('')
  })

  // What a bundler would make of the last is what node runs of the second.
  test.each(resolution === 'bundler' ? [] : programs)('%s behaves the same with both', async (file) => {
    const [reference, ours] = await Promise.all([REFERENCE, OURS].map((sdk) => observe(sdk, resolution, file)))
    expect(reference?.events.length).toBeGreaterThan(0)
    expect(ours).toEqual(reference)
  })
})

test('there are thirty programs', () => expect(files).toHaveLength(30))
