import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Of the package's own arguments, some switch web security off, or put all in one process, which a closed page then ends. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']

/** The real Chromium. `hosts` are names for this machine; every other leads nowhere, so that nothing reaches the network. */
export async function launchBrowser(hosts: readonly string[] = []): Promise<Browser> {
  const rules = [
    ...hosts.map((name) => `MAP ${name} 127.0.0.1`),
    'MAP * ~NOTFOUND',
    'EXCLUDE 127.0.0.1',
    'EXCLUDE localhost',
  ]
  const args = [...ARGS, `--host-resolver-rules=${rules.join(', ')}`]
  return playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true })
}
