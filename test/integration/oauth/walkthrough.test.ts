import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The code of docs/oauth.md, as far as its first section goes. */
async function readBlocks(language: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs/oauth.md'), 'utf8')
  const [, section = ''] = text.split(/^## /m)
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
}

describe('docs/oauth.md, word for word', () => {
  let folder: string
  let collector: Collector

  beforeAll(async () => {
    collector = await startCollector()
    folder = await mkdtemp(join(tmpdir(), 'oauth-'))
    await exec('mkdir', ['node_modules'], { cwd: folder })
    await symlink(root, join(folder, 'node_modules/analytics-edge'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  })
  afterAll(async () => {
    await collector.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (command: string, ...args: string[]) =>
    exec(command, args, { cwd: folder, env: { ...process.env, SEGMENT_HOST: collector.url } })

  async function makeAndRegisterKey(): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await writeFile(join(folder, 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
    await collector.registerClient({ clientId: 'my-app', keyId: 'my-key', publicKey: pem })
  }

  it('leads from openssl genpkey to a delivered event', async () => {
    const [makeKeys = '', register = '', ...others] = await readBlocks('sh')
    const [send = '', ...rest] = await readBlocks('ts')
    expect([others, rest]).toEqual([[], []])
    const commands = [makeKeys, register.replace('http://127.0.0.1:4010', collector.url)]
    // The reader has both tools; a bare machine that runs the tests may not, and then Node does what they do.
    const hasTools = await run('sh', '-c', 'command -v openssl && command -v curl').then(Boolean, () => false)
    if (hasTools) for (const command of commands) await run('sh', '-c', command)
    else await makeAndRegisterKey()
    await writeFile(join(folder, 'send.ts'), send)
    await run(process.execPath, 'send.ts')
    expect(collector.events().map(({ event, problems }) => [event.event, problems])).toEqual([['Item Purchased', []]])
    expect(collector.requests().map(({ path, status, headers }) => [path, status, headers.authorization])).toEqual([
      ['/token', 200, undefined],
      ['/v1/batch', 200, 'Bearer'],
    ])
  })
})
