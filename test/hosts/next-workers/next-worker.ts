import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts'
import { EXAMPLE } from '../next/harness/app.ts'

/** What makes a Worker of a Next app. */
export interface Adapter {
  readonly name: 'opennext' | 'vinext'
  /** Its command line, from the folder of its name. */
  readonly build: readonly string[]
  /** What wrangler is to run. */
  readonly config: string
  /** What of the example it cannot build. */
  readonly lacks: readonly string[]
}

const findFolder = ({ name }: Adapter) => fileURLToPath(new URL(name, import.meta.url))

/** Builds the example in the folder of the adapter. */
export async function buildWorker(adapter: Adapter): Promise<void> {
  const folder = findFolder(adapter)
  await rm(join(folder, 'src'), { recursive: true, force: true })
  for (const name of ['src', 'next.config.ts', 'tsconfig.json']) {
    await cp(join(EXAMPLE, name), join(folder, name), { recursive: true })
  }
  for (const name of adapter.lacks) await rm(join(folder, 'src', name), { recursive: true })
  const [bin = '', ...args] = adapter.build
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', CI: '1' }
  await promisify(execFile)(join(folder, 'node_modules/.bin', bin), args, { cwd: folder, env, maxBuffer: 2 ** 26 })
}

/** Runs the Worker in workerd, as `wrangler dev` does. */
export async function startWorker(adapter: Adapter, vars: Record<string, string>): Promise<ServerProcess> {
  const folder = findFolder(adapter)
  const state = await mkdtemp(join(tmpdir(), 'nextjs-worker-'))
  const options = ['-c', adapter.config, '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0']
  const values = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const flags = [...options, ...values, '--persist-to', state, '--show-interactive-dev-session=false']
  const server = await startServerProcess([join(folder, 'node_modules/wrangler/bin/wrangler.js'), 'dev', ...flags], {
    cwd: folder,
    env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
    findUrl: (log) => /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1],
    timeoutMs: 100_000,
  })
  return {
    ...server,
    async stop(signal) {
      const end = await server.stop(signal)
      await rm(state, { recursive: true, force: true })
      return end
    },
  }
}
