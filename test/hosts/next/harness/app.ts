import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vi } from 'vitest'

export const EXAMPLE = fileURLToPath(new URL('../../../../examples/nextjs', import.meta.url))
const OVERLAYS = fileURLToPath(new URL('..', import.meta.url))
const NEXT = join(EXAMPLE, 'node_modules/next/dist/bin/next')

export interface App {
  readonly url: string
  log(): string
  /** Ends it as an orchestrator does, unless told otherwise, and waits until it has ended. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const running = new Set<App>()

/** `next start`, on a free port of loopback. */
export async function startApp(folder: string, env: Record<string, string>): Promise<App> {
  const child = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', '0'], {
    cwd: folder,
    env: nextEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  }
  const url = await vi.waitFor(
    () => {
      const found = /Ready in/.test(log) && /Local:\s+(http:\S+)/.exec(log)
      if (!found) throw new Error(`not ready:\n${log}`)
      return String(found[1])
    },
    { timeout: 60_000, interval: 50 },
  )
  const app: App = {
    url,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code, by] = await ended
      running.delete(app)
      return { code, signal: by }
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
