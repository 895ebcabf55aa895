import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import getPort from 'get-port'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginOrder, placeOrder, waitUntilClosed } from '../../support/orders.ts'
import { writeRecipe } from '../../support/recipes.ts'
import { start } from './child.ts'
import { useCollector } from './collected.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const { createRecipeEnv, receivedUserIds, receivedNames } = useCollector()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/analytics-edge'))
  for (const name of ['express', 'fastify', 'hono', '@hono']) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a recipe of docs/node.md answers a request in flight, and delivers its event with the others', () => {
  // Node itself keeps a connection for five seconds more, which need not be waited for here.
  it.each([
    { name: 'Express', hangsUp: true },
    { name: 'Fastify', hangsUp: false },
    { name: 'Hono on Node', hangsUp: true },
    { name: 'cluster', hangsUp: false },
  ])('$name', async ({ name, hangsUp }) => {
    await writeRecipe(name, folder)
    const port = await getPort({ host: '127.0.0.1' })
    const child = start([process.execPath, 'server.ts'], createRecipeEnv(port), folder)
    await placeOrder(port, 'before')
    const endOrder = await beginOrder(port, 'in flight', { hangsUp })
    child.kill('SIGTERM')
    await waitUntilClosed(port)
    expect(await endOrder()).toMatch(/HTTP\/1.1 20\d/)
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedUserIds().toSorted()).toEqual(['before', 'in flight'])
  })

  it('cluster: on Ctrl-C, which also reaches the workers', async () => {
    await writeRecipe('cluster', folder)
    const port = await getPort({ host: '127.0.0.1' })
    const child = start([process.execPath, 'server.ts'], createRecipeEnv(port), folder)
    await placeOrder(port, 'before')
    const endOrder = await beginOrder(port, 'in flight')
    // To the group, as a terminal sends it.
    process.kill(-child.pid, 'SIGINT')
    await waitUntilClosed(port)
    await endOrder()
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedUserIds().toSorted()).toEqual(['before', 'in flight'])
  })

  it('worker_threads', async () => {
    await writeRecipe('worker_threads', folder)
    const child = start([process.execPath, 'main.ts'], createRecipeEnv(), folder)
    await child.line('job 1 done')
    child.kill('SIGTERM')
    expect(await child.end()).toEqual({ code: 0, signal: null })
    expect(receivedNames()).toEqual(['Job Done'])
  })
})
