import { join } from 'node:path'
import { transformSync } from 'esbuild'
import getPort from 'get-port'
import { expect, test } from 'vitest'
import { beginOrder, placeOrder, waitUntilClosed } from '../../support/orders.ts'
import { start } from '../node/child.ts'
import { useCollector } from '../node/collected.ts'
import { createRecipeFolder, run } from './recipe-folder.ts'

const { createRecipeEnv, fail, receivedUserIds } = useCollector()
const TSC = join(import.meta.dirname, '../../../node_modules/.bin/tsc')

test('Nest: the recipe compiles', async () => {
  const folder = await createRecipeFolder('nest-types', 'Nest')
  const options =
    '--ignoreConfig --noEmit --strict --skipLibCheck --experimentalDecorators --emitDecoratorMetadata --target es2023'
  const modules = '--module nodenext --moduleResolution nodenext --types node'
  expect(await run(folder, [TSC, ...options.split(' '), ...modules.split(' '), 'main.ts'])).toBe('')
})

test('Nest answers a request in flight at SIGTERM, and delivers its event with the others', async () => {
  const folder = await createRecipeFolder('nest', 'Nest', compileDecorators)
  const port = await getPort({ host: '127.0.0.1' })
  const child = start([process.execPath, 'main.ts'], { ...createRecipeEnv(port), NO_COLOR: '1' }, folder)
  await placeOrder(port, 'before')
  const endOrder = await beginOrder(port, 'in flight', { hangsUp: true })
  // Longer than the signal that Nest sends again would leave.
  fail({ delayMs: 1_000 })
  child.kill('SIGTERM')
  await waitUntilClosed(port)
  expect(await endOrder()).toContain('HTTP/1.1 201')
  expect(await child.end()).toEqual({ code: null, signal: 'SIGTERM' })
  expect(receivedUserIds().toSorted()).toEqual(['before', 'in flight'])
})

/** Node strips types, but knows no decorators. */
function compileDecorators(code: string): string {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
  return transformSync(code, { loader: 'ts', format: 'esm', target: 'node24', tsconfigRaw }).code
}
