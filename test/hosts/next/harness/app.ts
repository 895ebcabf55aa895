import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../../../support/server-process.ts'

export const EXAMPLE = fileURLToPath(new URL('../../../../examples/nextjs', import.meta.url))
const OVERLAYS = fileURLToPath(new URL('..', import.meta.url))
const NEXT = join(EXAMPLE, 'node_modules/next/dist/bin/next')

const running = new Set<ServerProcess>()

/** `next start`, on a free port of loopback. */
export async function startApp(folder: string, env: Record<string, string>): Promise<ServerProcess> {
  const server = await startServerProcess([NEXT, 'start', '-H', '127.0.0.1', '-p', '0'], {
    cwd: folder,
    env: nextEnv(env),
    findUrl: (log) => (/Ready in/.test(log) ? /Local:\s+(http:\S+)/.exec(log)?.[1] : undefined),
    timeoutMs: 60_000,
  })
  const app: ServerProcess = {
    ...server,
    async stop(signal) {
      const end = await server.stop(signal)
      running.delete(app)
      return end
    },
  }
  running.add(app)
  return app
}

/** For what a failed case has left behind. */
export async function stopAllApps(): Promise<void> {
  await Promise.all([...running].map((app) => app.stop('SIGKILL')))
}

/** The files of the example that any app needs. */
const BASE = ['tsconfig.json', 'package.json', 'next.config.ts', 'src/analytics.ts', 'src/app/layout.tsx']

/** An app of the files of the example that are named, with others over them. */
export async function createApp(name: string, files: readonly string[], ...overlays: string[]): Promise<string> {
  // In the example's folder, where the modules are found.
  const folder = join(EXAMPLE, '.variants', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const file of [...BASE, ...files]) await cp(join(EXAMPLE, file), join(folder, file), { recursive: true })
  for (const overlay of overlays) await cp(join(OVERLAYS, overlay), folder, { recursive: true })
  return folder
}

/** `next build`. It rejects with what was printed. */
export async function buildApp(folder: string, env: Record<string, string>, ...flags: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [NEXT, 'build', ...flags], { cwd: folder, env: nextEnv(env) })
}

/** The example, with more routes, with its proxy as a `middleware.ts`, which runs on the edge, and built by webpack. */
export async function buildVariant(): Promise<string> {
  const folder = await createApp('webpack-middleware', ['src'])
  await cp(join(OVERLAYS, 'overlay'), join(folder, 'src'), { recursive: true })
  const proxy = await readFile(join(folder, 'src/proxy.ts'), 'utf8')
  await writeFile(join(folder, 'src/middleware.ts'), proxy.replace('export const proxy', 'export const middleware'))
  await rm(join(folder, 'src/proxy.ts'))
  await buildApp(folder, {}, '--webpack')
  return folder
}

/** What the machine has set for itself must not reach the app; a build without secrets must work. */
function nextEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const { SEGMENT_WRITE_KEY, SEGMENT_HOST, NODE_OPTIONS, ...rest } = process.env
  return { ...rest, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env }
}
