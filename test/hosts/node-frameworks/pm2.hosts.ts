import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import getPort from 'get-port'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginOrder, placeOrder, waitUntilClosed } from '../../support/orders.ts'
import { writeRecipe } from '../../support/recipes.ts'
import { useCollector } from '../node/collected.ts'
import { bin, createRecipeFolder, run } from './recipe-folder.ts'

const { createRecipeEnv, fail, receivedUserIds } = useCollector()
let home: string
let folder: string

beforeEach(async () => {
  // A separate daemon, not that of the machine.
  home = await mkdtemp(join(tmpdir(), 'pm2-'))
  folder = await createRecipeFolder('pm2', 'pm2')
  await writeRecipe('Express', folder, (code) => transformSync(code, { loader: 'ts', format: 'esm' }).code)
  await rename(join(folder, 'server.ts'), join(folder, 'server.js'))
})
afterEach(async () => {
  await pm2(['kill'])
  await rm(home, { recursive: true, force: true })
})

function pm2(args: string[], env: Record<string, string> = {}): Promise<string> {
  return run(folder, [bin('pm2'), ...args], { ...env, PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true' })
}

test('pm2 waits for a request in flight and for a slow flush', async () => {
  const port = await getPort({ host: '127.0.0.1' })
  await pm2(['start', 'ecosystem.config.cjs'], createRecipeEnv(port))
  await placeOrder(port, 'before')
  const endOrder = await beginOrder(port, 'in flight', { hangsUp: true })
  // More than pm2 gives by default.
  fail({ delayMs: 2_500 })
  const stopped = pm2(['stop', 'orders'])
  await waitUntilClosed(port)
  expect(await endOrder()).toContain('HTTP/1.1 200')
  await stopped
  expect(receivedUserIds().toSorted()).toEqual(['before', 'in flight'])
})
