import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const CALL_COUNT = 100_000
const ROUND_COUNT = 5

/** µs of CPU that a plan takes for an event, beyond what its schema takes; the best of a few rounds, in turns with the schema. */
export async function measurePlan(packageDir: string): Promise<number> {
  // The cast: the build has no types of its own here.
  const { definePlan } = (await import(pathToFileURL(join(packageDir, 'dist/plan.js')).href)) as {
    definePlan(definition: object): (event: object) => unknown
  }
  const schema = z.object({ order_id: z.string(), total: z.number(), currency: z.enum(['EUR', 'USD']) })
  const plan = definePlan({ events: { 'Order Completed': schema } })
  const properties = { order_id: 'o-1', total: 79.9, currency: 'EUR' }
  const alone: number[] = []
  const planned: number[] = []
  for (let round = 0; round < ROUND_COUNT; round++) {
    alone.push(measureUs(() => ({ type: 'track', properties: schema['~standard'].validate(properties) })))
    planned.push(measureUs(() => plan({ type: 'track', event: 'Order Completed', properties })))
  }
  return Math.min(...planned) - Math.min(...alone)
}

function measureUs(act: () => unknown): number {
  const start = process.cpuUsage()
  for (let call = 0; call < CALL_COUNT; call++) act()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / CALL_COUNT
}
