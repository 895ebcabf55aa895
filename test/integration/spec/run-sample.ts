import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const preload = new URL('./to-collector.mjs', import.meta.url).href

export interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a sample as a separate program, in which `analytics-edge` is the built package. */
export async function startSample(code: string, env: Record<string, string>, cwd = root) {
  const { code: js } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' })
  const type = /\brequire\(/.test(js) ? 'commonjs' : 'module'
  const child = execa(process.execPath, ['--import', preload, `--input-type=${type}`, '-e', js], {
    cwd,
    // Not the test runner's own NODE_OPTIONS and the like.
    env: { PATH: process.env.PATH, ...env },
    extendEnv: false,
    stripFinalNewline: false,
    forceKillAfterDelay: false,
    reject: false,
  })
  const end = child.then(({ exitCode, stdout, stderr }): Ending => ({ code: exitCode ?? null, stdout, stderr }))
  return { child, end }
}

/** Runs a sample to its end, which must be a good one. Answers with what it has written. */
export async function runSample(code: string, env: Record<string, string>, cwd = root): Promise<Ending> {
  const { end } = await startSample(code, env, cwd)
  const ending = await end
  if (ending.code !== 0) throw new Error(`the sample ended with ${ending.code}:\n${ending.stderr}`)
  return ending
}
