import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { JobMessage, Sample, SubjectUrls } from './protocol.ts'
import type { ServerAddress, ServerReport } from './server.ts'

/** Longer than the slowest sample takes on a busy machine. */
const SAMPLE_TIMEOUT_MS = 120_000

export interface Processes {
  readonly address: ServerAddress
  readonly urls: SubjectUrls
  /** Has a fresh process do a job. */
  sample(message: Pick<JobMessage, 'job' | 'subject'>, host: string): Promise<Sample>
  /** What the server has received since it was last asked. */
  report(): Promise<ServerReport>
  stop(): void
}

/** Starts the server, and makes ready what takes the samples: plain JavaScript, so that no sample pays for TypeScript. */
export async function startProcesses(packageDir: string): Promise<Processes> {
  const folder = mkdtempSync(join(tmpdir(), 'analytics-edge-bench-'))
  const compile = async (name: string) => {
    const outfile = join(folder, `${name}.mjs`)
    const entry = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' })
    return outfile
  }
  const childFile = await compile('child')
  const server = fork(await compile('server'))
  const address: ServerAddress = await nextMessage(server)
  const urls = resolveUrls(packageDir)
  return {
    address,
    urls,
    async sample(message, host) {
      const child = fork(childFile, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
      let stderr = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      child.send({ ...message, host, urls } satisfies JobMessage)
      try {
        return await nextMessage(child)
      } catch (error) {
        throw new Error(`${message.subject} ${JSON.stringify(message.job)}: no sample\n${stderr}`, { cause: error })
      } finally {
        child.kill('SIGKILL')
      }
    },
    report() {
      server.send('report')
      return nextMessage(server)
    },
    stop() {
      server.disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error('it took too long')), SAMPLE_TIMEOUT_MS)
  const onExit = () => controller.abort(new Error('the process exited'))
  child.once('exit', onExit)
  try {
    const [message] = await once(child, 'message', { signal: controller.signal })
    return message
  } finally {
    clearTimeout(timer)
    child.off('exit', onExit)
  }
}

function resolveUrls(packageDir: string): SubjectUrls {
  const dist = (name: string) => pathToFileURL(join(packageDir, 'dist', name)).href
  return {
    ours: dist('index.js'),
    oursWorkers: dist('workers.js'),
    segment: import.meta.resolve('@segment/analytics-node'),
    posthog: import.meta.resolve('posthog-node'),
    rudderstack: import.meta.resolve('@rudderstack/rudder-sdk-node'),
  }
}
