import { startEnvironment } from './environment.ts'
import type { TaskRoot } from './task-root.ts'

export type Form = 'ES module' | 'ES bundle' | 'CommonJS bundle'

/** What wrapping adds to the init phase, in init phases of a plain handler. */
export interface ColdStart {
  readonly form: Form
  readonly plainMs: number
  readonly wrapperMs: number
  readonly extensionMs: number
  /** What the wrapper adds. */
  readonly wrapperRatio: number
  /** What the extension adds to that. */
  readonly extensionRatio: number
}

/** What they may be at most. */
export const COLD_START_BARS = { wrapperRatio: 0.3, extensionRatio: 0.6 }

const KINDS = ['plain', 'before', 'after'] as const

/**
 * Starts environments with a plain handler, the wrapper and the extension in turns, so that all meet the same machine.
 *
 * @param summarize makes one figure of the init phases of a kind
 */
export async function measureColdStarts(
  taskRoot: TaskRoot,
  form: Form,
  rounds: number,
  summarize: (initMs: number[]) => number,
): Promise<ColdStart> {
  let suffix = ''
  if (form !== 'ES module') {
    const format = form === 'ES bundle' ? 'esm' : 'cjs'
    suffix = `-${format}`
    for (const kind of KINDS) await taskRoot.bundle(`cold-${kind}.mjs`, `cold-${kind}${suffix}`, format)
  }
  const initMs = { plain: [] as number[], before: [] as number[], after: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const kind of KINDS) {
      const environment = await startEnvironment({ taskRoot: taskRoot.path, handler: `cold-${kind}${suffix}.handler` })
      initMs[kind].push(environment.initMs)
      await environment.stop()
    }
  }
  const [plainMs, wrapperMs, extensionMs] = [summarize(initMs.plain), summarize(initMs.before), summarize(initMs.after)]
  return {
    form,
    plainMs,
    wrapperMs,
    extensionMs,
    wrapperRatio: (wrapperMs - plainMs) / plainMs,
    extensionRatio: (extensionMs - wrapperMs) / plainMs,
  }
}
