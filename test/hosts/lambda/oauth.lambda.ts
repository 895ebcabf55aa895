import { generateKeyPairSync } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Run } from './harness/environment.ts'
import { setStage } from './harness/function-stage.ts'

const stage = setStage()

test('a token survives the freezes between the invocations of an environment', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const registration = {
    clientId: 'lambda-app',
    keyId: 'k1',
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
  }
  const response = await fetch(`${stage.collector.url}/_/oauth/clients`, {
    method: 'POST',
    body: JSON.stringify(registration),
  })
  expect(response.status).toBe(200)

  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const environment = await stage.start('oauth.handler', { env: { OAUTH_KEY: pem.replaceAll('\n', '\\n') } })
  const messages: [string, Run][] = []
  for (const id of ['first', 'second', 'third']) {
    messages.push([id, await environment.run({ id })])
    await vi.waitFor(() => expect(environment.isFrozen()).toBe(true))
  }
  await environment.stop()
  await stage.expectInTime(messages)
  const requests = await stage.collector.requests()
  expect(requests.filter(({ path }) => path === '/token')).toHaveLength(1)
  expect(requests.filter(({ path }) => path === '/v1/batch').map(({ headers }) => headers.authorization)).toEqual([
    'Bearer',
    'Bearer',
    'Bearer',
  ])
})
