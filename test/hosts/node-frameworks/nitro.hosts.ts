import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import getPort from 'get-port'
import { expect, test } from 'vitest'
import { beginOrder, placeOrder, waitUntilClosed } from '../../support/orders.ts'
import { start } from '../node/child.ts'
import { useCollector } from '../node/collected.ts'
import { bin, createRecipeFolder, linkModules, run } from './recipe-folder.ts'

const { createRecipeEnv, fail, receivedUserIds } = useCollector()

test('Nitro answers a request in flight at SIGTERM, and delivers its event with the others', async () => {
  const folder = await createRecipeFolder('nitro', 'Nitro and Nuxt')
  await linkModules(folder)
  const config = "export default { srcDir: 'server', preset: 'node-server', compatibilityDate: '2026-03-01' }\n"
  await writeFile(join(folder, 'nitro.config.ts'), config)
  await run(folder, [bin('nitropack'), 'build'])

  const port = await getPort({ host: '127.0.0.1' })
  const env = { ...createRecipeEnv(port), NITRO_HOST: '127.0.0.1' }
  const child = start([process.execPath, '.output/server/index.mjs'], env, folder)
  await placeOrder(port, 'before')
  const endOrder = await beginOrder(port, 'in flight', { hangsUp: true })
  fail({ delayMs: 1_000 })
  child.kill('SIGTERM')
  await waitUntilClosed(port)
  expect(await endOrder()).toContain('HTTP/1.1 200')
  expect(await child.end()).toEqual({ code: 0, signal: null })
  expect(receivedUserIds().toSorted()).toEqual(['before', 'in flight'])
})
