import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A way in which projects have TypeScript resolve a package, in the module systems that it has. */
export interface Resolution {
  readonly name: string
  readonly files: readonly ('use.cts' | 'use.mts')[]
  readonly options: object
}

const BOTH = ['use.cts', 'use.mts'] as const
const BUNDLER = { module: 'Preserve', moduleResolution: 'bundler' }

export const RESOLUTIONS: readonly Resolution[] = [
  // ts-jest and Nest 10.
  { name: 'node10, CommonJS', files: ['use.cts'], options: { module: 'CommonJS', moduleResolution: 'node10' } },
  { name: 'node10, ES modules', files: ['use.mts'], options: { module: 'ES2022', moduleResolution: 'node10' } },
  { name: 'node16', files: BOTH, options: { module: 'Node16', moduleResolution: 'node16' } },
  { name: 'nodenext', files: BOTH, options: { module: 'NodeNext', moduleResolution: 'nodenext' } },
  { name: 'bundler', files: BOTH, options: BUNDLER },
  {
    name: 'bundler, for the edge',
    // The main entry for workerd has no other form.
    files: ['use.mts'],
    options: { ...BUNDLER, customConditions: ['edge-light', 'workerd', 'worker', 'browser', 'react-server'] },
  },
]

/** Uses every subpath, and makes a mistake with each: types that did not resolve, or were `any`, would hide it. */
const PROGRAM = `
const settings: core.AnalyticsSettings = { writeKey: 'k' }
const analytics = new core.Analytics(settings)
export const same: typeof core.default = core.Analytics
analytics.track({ userId: 'u', event: 'e' }).orThrow()
export const undo: () => void = node.flushOnExit(analytics, { signals: ['SIGTERM', 'SIGHUP'] })
const dropIn = new segment.Analytics(settings)
export const nothing: void = dropIn.track({ userId: 'u', event: 'e' })
lambda.withAnalytics(dropIn, async (_event, _context, scope) => scope.track({ userId: 'u', event: 'e' }))
node.flushOnExit(dropIn)
lambda.withAnalytics(settings, async (_event, context, scope) => scope.track({ userId: context.awsRequestId, event: 'e' }))
vercel.withAnalytics(settings, (_request, _context, scope) => scope.track({ userId: 'u', event: 'e' }))
workers.withAnalytics(settings, {
  async scheduled(controller, _env, _ctx, scope) {
    scope.track({ userId: controller.cron, event: 'e' })
  },
})
const lookup = kit.createClientLookup((key: string) => ({ writeKey: key }))
lookup('k').scope().track({ userId: 'u', event: 'e' })
// @ts-expect-error the lookup wants what its function wants
lookup()
// @ts-expect-error no id
analytics.track({ event: 'e' })
// @ts-expect-error a flush resolves with nothing
dropIn.flush().then(({ delivered }) => delivered)
// @ts-expect-error a signal that ends nothing
node.flushOnExit(analytics, { signals: ['SIGWINCH'] })
// @ts-expect-error no such mode
lambda.withAnalytics(settings, async () => {}, { flush: 'never' })
// @ts-expect-error no such option
vercel.withAnalytics(settings, () => {}, { tiemout: 1 })
// @ts-expect-error no such option
workers.withAnalytics(settings, {}, { tiemout: 1 })
`

/** Writes the program, in both module systems, into a project that has the package. A new subpath is at least imported. */
export async function writeProgram(project: string, subpaths: readonly string[]): Promise<void> {
  const list = (load: (name: string, id: string) => string) =>
    subpaths.map((subpath) => load(subpath.slice(2) || 'core', `'${join('analytics-edge', subpath)}'`)).join('\n')
  await Promise.all([
    writeFile(join(project, 'use.cts'), list((name, id) => `import ${name} = require(${id})`) + PROGRAM),
    writeFile(join(project, 'use.mts'), list((name, id) => `import * as ${name} from ${id}`) + PROGRAM),
  ])
}

/**
 * Compiles the program in a project that has neither Node's types nor the DOM, and checks its libraries.
 *
 * @param typescript the folder of a version of TypeScript
 * @returns what the compiler complains about: nothing, if all is well
 */
export async function compileProgram(project: string, typescript: string, resolution: Resolution): Promise<string> {
  const { name, files, options } = resolution
  const { version } = JSON.parse(await readFile(join(typescript, 'package.json'), 'utf8'))
  // TypeScript 6 wants to be told that node10 goes; older ones do not know the value.
  const ignored = Number.parseInt(version, 10) >= 6 ? { ignoreDeprecations: '6.0' } : {}
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    lib: ['ES2022'],
    types: [],
    skipLibCheck: false,
  }
  const config = join(project, `tsconfig.${version} ${name}.json`)
  await writeFile(config, JSON.stringify({ compilerOptions: { ...compilerOptions, ...ignored, ...options }, files }))
  return new Promise((resolve) => {
    execFile(process.execPath, [join(typescript, 'bin/tsc'), '-p', config], (error, stdout, stderr) =>
      resolve(error ? `${error.message}\n${stdout}${stderr}` : stdout),
    )
  })
}
