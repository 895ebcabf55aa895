import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Collector } from '../../collector/index.ts'
import { WRITE_KEY, within } from './client.ts'

interface ProgramOptions {
  /** Settings of the client that are JSON. */
  settings?: object
  nodeArguments?: string[]
  /** How long it may take. @default 6000: less than any timer that could be left behind */
  timeoutMs?: number
}

/** Runs a program that has a `client`; answers with its exit code, or `'still pending'`, and what it printed. */
export async function runProgram(
  collector: Collector,
  program: string,
  { settings = {}, nodeArguments = [], timeoutMs = 6000 }: ProgramOptions = {},
): Promise<{ code: unknown; stdout: string }> {
  const source = new URL('../../src/index.ts', import.meta.url)
  const script = `import { Analytics } from '${source}'
    const client = new Analytics(${JSON.stringify({ writeKey: WRITE_KEY, host: collector.url, ...settings })})
    ${program}`
  const child = spawn(process.execPath, [...nodeArguments, '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stdout = text(child.stdout)
  const exit = await within(timeoutMs, once(child, 'exit'))
  child.kill('SIGKILL')
  return { code: Array.isArray(exit) ? exit[0] : exit, stdout: await stdout }
}
