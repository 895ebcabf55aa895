import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './processes.ts'

const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
const CONFIG = 'wrangler.toml'

let bundled: Promise<string> | undefined

/** The example as `wrangler deploy` would upload it: once, for all files that share a process. */
export function bundleExample(): Promise<string> {
  bundled ??= deployDry()
  return bundled
}

async function deployDry(): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), 'analytics-edge-'))
  try {
    await promisify(execFile)(
      process.execPath,
      [WRANGLER, 'deploy', '--config', CONFIG, '--dry-run', '--env', '', '--outdir', outdir],
      {
        cwd: ROOT,
        env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
      },
    )
    return await readFile(join(outdir, 'index.js'), 'utf8')
  } finally {
    await rm(outdir, { recursive: true })
  }
}
