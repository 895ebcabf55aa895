import { execa } from 'execa'
import type { Collector } from '../../collector/index.ts'
import { WRITE_KEY } from './client.ts'

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
  const args = [...nodeArguments, '--input-type=module', '--eval', script]
  const { timedOut, exitCode, stdout } = await execa(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    stripFinalNewline: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    reject: false,
  })
  return { code: timedOut ? 'still pending' : (exitCode ?? null), stdout }
}
