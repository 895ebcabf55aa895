import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const preload = new URL('./to-collector.mjs', import.meta.url).href

export interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a sample as a separate program, in which `analytics-edge` is the built package. */
export async function startSample(
  code: string,
  env: Record<string, string>,
  cwd = root,
): Promise<{ child: ChildProcess; end: Promise<Ending> }> {
  const { code: js } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' })
  const type = /\brequire\(/.test(js) ? 'commonjs' : 'module'
  const child = spawn(process.execPath, ['--import', preload, `--input-type=${type}`, '-e', js], {
    cwd,
    // Not the test runner's own NODE_OPTIONS and the like.
    env: { PATH: process.env.PATH, ...env },
    stdio: 'pipe',
  })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const end = new Promise<Ending>((resolve) => {
    child.once('close', (exitCode) => resolve({ code: exitCode, stdout: stdout.join(''), stderr: stderr.join('') }))
  })
  return { child, end }
}

/** Runs a sample to its end, which must be a good one. Answers with what it has written. */
export async function runSample(code: string, env: Record<string, string>, cwd = root): Promise<Ending> {
  const { end } = await startSample(code, env, cwd)
  const ending = await end
  if (ending.code !== 0) throw new Error(`the sample ended with ${ending.code}:\n${ending.stderr}`)
  return ending
}

function collect(stream: NodeJS.ReadableStream): string[] {
  const chunks: string[] = []
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => chunks.push(chunk))
  return chunks
}
