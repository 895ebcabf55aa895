import {
  checkFunction,
  checkMilliseconds,
  checkOptions,
  checkTimeout,
  choice,
  type IdentifyOptions,
} from '../../src/kit/index.ts'
import type { LambdaOptions } from './types.ts'

/** Options with every default applied. */
export interface ResolvedOptions {
  readonly isAfterResponse: boolean
  readonly timeoutMs: number
  readonly marginMs: number
}

/** How long a caller waits by default: about as long as people are willing to. */
export const BEFORE_RESPONSE_MS = 2_000

type Options = LambdaOptions & Partial<IdentifyOptions<[event: unknown]>>

// Marked pure, so that a bundle that does not use it leaves the table out.
const CHECKS = {
  flush: /* @__PURE__ */ choice('before-response', 'after-response'),
  timeout: (_: string, timeout: unknown) => checkTimeout(timeout),
  margin: (name: string, margin: unknown = 500) => checkMilliseconds(name, margin, 0),
  identify: checkFunction,
  setCookie: () => {},
}

export function resolveOptions(options: Options): ResolvedOptions {
  const { flush, timeout, margin } = checkOptions<Options, typeof CHECKS>(options, CHECKS)
  const isAfterResponse = flush === 'after-response'
  return { isAfterResponse, timeoutMs: timeout ?? (isAfterResponse ? 5_000 : BEFORE_RESPONSE_MS), marginMs: margin }
}
