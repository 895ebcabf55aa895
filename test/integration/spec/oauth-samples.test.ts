// The OAuth sample of Segment's documentation of its Node library, as it is written there, but for the import.
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector } from '../../../collector/index.ts'
import { runSample } from './run-sample.ts'

const SAMPLE = `
import { Analytics, OAuthSettings } from 'analytics-edge';
import { readFileSync } from 'fs'

const privateKey = readFileSync('private.pem', 'utf8')

const settings: OAuthSettings = {
  clientId: '<CLIENT_ID_FROM_DASHBOARD>',
  clientKey: privateKey,
  keyId: '<PUB_KEY_ID_FROM_DASHBOARD>',
}

const analytics = new Analytics({
  writeKey: '<MY_WRITE_KEY>',
  oauthSettings: settings,
})

analytics.on('error', (err) => { console.error(err) })

analytics.track({ userId: 'foo', event: 'bar' })

await analytics.closeAndFlush()
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oauth-sample-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(fileURLToPath(new URL('../../..', import.meta.url)), join(folder, 'node_modules/analytics-edge'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('OAuth 2.0: the event arrives with a token that the key was good for', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(join(folder, 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const client = {
    clientId: '<CLIENT_ID_FROM_DASHBOARD>',
    keyId: '<PUB_KEY_ID_FROM_DASHBOARD>',
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
  }
  const collector = await startCollector({ oauth: { clients: [client], audience: 'https://oauth2.segment.io' } })
  try {
    const { stderr } = await runSample(SAMPLE, { COLLECTOR_URL: collector.url }, folder)
    expect(stderr).toBe('')
    expect(collector.events().map(({ event, problems }) => [event.userId, event.event, problems])).toEqual([
      ['foo', 'bar', []],
    ])
    expect(collector.requests().map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/token', undefined],
      ['/v1/batch', 'Bearer'],
    ])
  } finally {
    await collector.close()
  }
})
