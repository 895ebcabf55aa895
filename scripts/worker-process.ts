import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import getPort, { portNumbers } from 'get-port'
import pWaitFor from 'p-wait-for'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
const WRITE_KEY = 'SEGMENT_WRITE_KEY:demo-write-key'
const READY_TIMEOUT_MS = 15_000
const END_TIMEOUT_MS = 3_000

export interface WorkerProcessOptions {
  /** The settings of the Worker. @default 'wrangler.toml', those of the example */
  config?: string
  port: number
  /** Where the Worker posts its events. */
  segmentHost: string
  /** `inherit` shows what wrangler and the Worker write, `pipe` keeps it for `output()`. */
  stdio: 'inherit' | 'pipe'
  /** Aborts the start. */
  signal: AbortSignal
}

export interface WorkerProcess {
  readonly url: string
  /** What wrangler and the Worker have written so far. */
  output(): string
  /** Resolves once wrangler has exited, by itself or by `stop()`. */
  readonly exited: Promise<void>
  /** Stops wrangler and the runtime that it started. */
  stop(): Promise<void>
}

/** Starts `wrangler dev`, and so the real runtime, on loopback, and waits until the Worker answers. */
export async function startWorker(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const { config = 'wrangler.toml', port, segmentHost, stdio, signal } = options
  const stateDir = mkdtempSync(join(tmpdir(), 'analytics-edge-'))
  const args = [
    'dev',
    ...['--config', config, '--var', WRITE_KEY],
    ...['--ip', '127.0.0.1', '--port', `${port}`, '--inspector-port', '0', '--persist-to', stateDir],
    ...['--var', `SEGMENT_HOST:${segmentHost}`, '--show-interactive-dev-session=false'],
  ]
  const child = execa(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    // Only loopback: no metrics, no sample of Cloudflare's request data, no check for a newer version.
    env: {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      ...(stdio === 'pipe' && { NO_COLOR: '1' }),
    },
    stdio: ['ignore', stdio, stdio],
    all: true,
    buffer: false,
    reject: false,
    // Its own process group, so that one signal reaches wrangler and everything that it started.
    detached: true,
  })
  let output = ''
  child.all?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const removeState = (): void => rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 })
  // The last resort, for an exit of this process without `stop()`.
  const killAll = (): void => {
    signalGroup(child.pid, 'SIGKILL')
    removeState()
  }
  process.once('exit', killAll)

  const worker: WorkerProcess = {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    exited: child.then(() => {}),
    async stop() {
      await stopGroup(child.pid)
      removeState()
      process.off('exit', killAll)
    },
  }
  try {
    await waitUntilReady(worker, signal)
  } catch (error) {
    await worker.stop()
    throw error
  }
  return worker
}

async function waitUntilReady({ url, exited, output }: WorkerProcess, signal: AbortSignal): Promise<void> {
  let hasExited = false
  void exited.then(() => {
    hasExited = true
  })
  let isLate = false
  const fallback = (): void => {
    isLate = true
  }
  await pWaitFor(async () => hasExited || (await isHealthy(url)), {
    interval: 100,
    timeout: { milliseconds: READY_TIMEOUT_MS, fallback },
    signal,
  })
  const reason = isLate ? `was not ready within ${READY_TIMEOUT_MS / 1000} s` : 'exited at once'
  if (isLate || hasExited) throw new Error(`wrangler dev ${reason}\n${output()}`)
}

/** False also if the answer, or its end, has not come within a second. */
async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })
    await response.text()
    return response.ok
  } catch {
    return false
  }
}

async function stopGroup(leader: number | undefined): Promise<void> {
  signalGroup(leader, 'SIGTERM')
  await pWaitFor(() => !signalGroup(leader, 0), {
    interval: 25,
    timeout: { milliseconds: END_TIMEOUT_MS, fallback: () => void signalGroup(leader, 'SIGKILL') },
  })
}

/** False when no process of the group is left. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (leader === undefined) return false
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

/** `preferred` if it is free, otherwise the next free port; 0 means any. */
export function findFreePort(preferred = 0): Promise<number> {
  return getPort({ host: '127.0.0.1', ...(preferred > 0 && { port: portNumbers(preferred, preferred + 99) }) })
}
