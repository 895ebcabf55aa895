import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLIENT = new URL('../../test/hosts/lambda/node_modules/aws-lambda-ric', import.meta.url)

/** Installs Lambda's runtime interface client where it is missing; false where its native part cannot be built. */
export async function installLambdaClient(signal: AbortSignal): Promise<boolean> {
  if (existsSync(CLIENT)) return true
  console.log("Lambda's runtime interface client is built, this once: about a minute.\n")
  const npm = spawn('npm', ['ci', '--silent', '--no-audit', '--no-fund', '--prefix', 'test/hosts/lambda'], {
    cwd: ROOT,
    stdio: 'inherit',
    signal,
  })
  const [code] = await once(npm, 'close').catch((error: unknown) => {
    signal.throwIfAborted()
    return [error]
  })
  return code === 0
}
