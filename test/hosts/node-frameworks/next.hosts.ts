import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import getPort from 'get-port'
import { beforeAll, describe, expect, it } from 'vitest'
import { placeOrder } from '../../support/orders.ts'
import { start } from '../node/child.ts'
import { useCollector } from '../node/collected.ts'
import { createRecipeFolder, HOSTS, run } from './recipe-folder.ts'

const { createRecipeEnv, fail, receivedUserIds } = useCollector()
const NEXT = join(HOSTS, 'node_modules/next/dist/bin/next')
const ENV = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
let folder: string

beforeAll(async () => {
  folder = await createRecipeFolder('next', 'Next')
  // A second route, as in a real app: each may get its own copy of the package and its own client.
  await cp(join(folder, 'app/orders'), join(folder, 'app/refunds/orders'), { recursive: true })
  const route = "import { analytics } from '../../../lib/analytics'"
  await writeFile(
    join(folder, 'app/refunds/orders/route.ts'),
    `${route}
    export async function POST(request: Request) {
      const { userId } = await request.json()
      analytics.track({ userId, event: 'Order Refunded' })
      return Response.json({ ok: true })
    }`,
  )
  const config = { turbopack: { root: HOSTS } }
  await writeFile(join(folder, 'next.config.mjs'), `export default ${JSON.stringify(config)}\n`)
  await run(folder, [process.execPath, NEXT, 'build'], ENV)
})

async function startNext(env: Record<string, string>) {
  const port = await getPort({ host: '127.0.0.1' })
  const command = [process.execPath, NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)]
  const child = start(command, { ...createRecipeEnv(port), ...ENV, ...env }, folder)
  await placeOrder(port, 'order')
  await placeOrder(port, 'refund', '/refunds/orders')
  return child
}

describe('Next', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'delivers all events before it ends, with NEXT_MANUAL_SIG_HANDLE, %s',
    async (signal) => {
      const child = await startNext({ NEXT_MANUAL_SIG_HANDLE: 'true' })
      fail({ delayMs: 1_000 })
      child.kill(signal)
      const { stderr, ...ending } = await child.endWithStderr()
      expect(ending).toEqual({ code: null, signal })
      expect(stderr).not.toContain('analytics-edge')
      expect(receivedUserIds().toSorted()).toEqual(['order', 'refund'])
    },
  )

  it('exits before the flush has finished without it, but logs a warning', async () => {
    const child = await startNext({})
    fail({ delayMs: 5_000 })
    child.kill('SIGTERM')
    const { stderr, ...ending } = await child.endWithStderr()
    expect(ending).toEqual({ code: 143, signal: null })
    expect(stderr).toContain('analytics-edge: the process ends with 2 events pending')
  })
})
