import { ValidationError } from '../../src/index.ts'
import { checkMilliseconds } from '../../src/kit/index.ts'
import type { LambdaOptions } from './types.ts'

/** Options with every default applied. */
export interface ResolvedOptions {
  readonly isAfterResponse: boolean
  readonly timeoutMs: number
  readonly marginMs: number
}

/** How long a caller waits by default: about as long as people are willing to. */
export const BEFORE_RESPONSE_MS = 2_000

const NAMES = ['flush', 'timeout', 'margin', 'identify', 'setCookie']

export function resolveOptions(options: LambdaOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw new ValidationError(name, `is not an option; the options are ${NAMES.join(', ')}`)
  }
  const { flush = 'before-response', margin = 500 } = options
  if (flush !== 'before-response' && flush !== 'after-response') {
    throw new ValidationError('flush', "must be 'before-response' or 'after-response'")
  }
  const isAfterResponse = flush === 'after-response'
  const { timeout = isAfterResponse ? 5_000 : BEFORE_RESPONSE_MS } = options
  return {
    isAfterResponse,
    timeoutMs: checkMilliseconds('timeout', timeout),
    marginMs: checkMilliseconds('margin', margin, 0),
  }
}
