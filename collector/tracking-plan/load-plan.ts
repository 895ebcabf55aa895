import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createJiti } from 'jiti'
import { describeThrown } from '../thrown.ts'
import { isTrackingPlan, type TrackingPlan } from './plan.ts'

/**
 * Loads the plan that a TypeScript or JavaScript module exports, on any Node.
 *
 * @throws Error that names the file if it cannot be loaded or does not export exactly one plan
 */
export async function loadPlan(path: string): Promise<TrackingPlan> {
  const exported = await loadModule(path)
  // One plan may be exported under two names.
  const plans = [...new Set(Object.values(exported).filter(isTrackingPlan))]
  const [plan] = plans
  if (plan !== undefined && plans.length === 1) return plan
  const names = Object.keys(exported).join(', ') || 'nothing'
  throw new Error(`${path} must export one plan, as definePlan returns it; it exports ${names}`)
}

async function loadModule(path: string): Promise<object> {
  try {
    // Resolves its imports from its own project.
    const url = pathToFileURL(resolve(path)).href
    return Object(await createJiti(url, { moduleCache: false, interopDefault: false }).import(url))
  } catch (error) {
    // The location is on another line, and the terminal shows only the first.
    const message = (error instanceof Error ? error.message : describeThrown(error))
      .trim()
      .replaceAll(/\s*\n\s*/g, ', ')
    throw new Error(`${path} cannot be loaded: ${message}`, { cause: error })
  }
}
