import { ValidationError } from '../../src/index.ts'
import {
  type ClientSource,
  checkFunction,
  checkTimeout,
  createClientLookup,
  type IdentifyOptions,
  throwInvalid,
  toClient,
} from '../../src/kit/index.ts'
import type { WithAnalytics, WorkersOptions } from './types.ts'
import { findPrototypes, type WorkersClass, wrapClass } from './wrap-class.ts'
import { findMistake, wrapHandlers } from './wrap-handlers.ts'

// Casts in this file: the types check the user's code; this code only inspects its arguments and passes them on.
export const withAnalytics: WithAnalytics = (
  source: ClientSource | ((env: never) => ClientSource),
  target: unknown,
  options: WorkersOptions & Partial<IdentifyOptions<never>> = {},
): never => {
  const timeout = checkTimeout(options.timeout)
  const { identify } = options
  checkFunction('identify', identify)
  const identifying = identify && { ...options, identify }
  // At module scope, so that invalid settings keep the Worker from starting.
  const clientFor = createClientLookup(
    typeof source === 'function' ? (source as (env: unknown) => ClientSource) : toClient(source),
  )
  if (typeof target === 'function') {
    const prototypes = findPrototypes(target as WorkersClass)
    if (prototypes) {
      return wrapClass(target as WorkersClass, prototypes, clientFor, timeout, identifying as never) as never
    }
  } else if (typeof target === 'object' && target !== null) {
    const handlers = target as Readonly<Record<string, unknown>>
    const mistake = findMistake(handlers)
    if (mistake === undefined) return wrapHandlers(handlers, clientFor, timeout, identifying as never) as never
    if (mistake) throw new ValidationError(`handlers.${mistake}`, 'is not a Worker handler: is its name misspelt?')
  }
  throwInvalid(
    'handlers',
    'an object with fetch, scheduled, queue, email or tail, or a class that extends DurableObject or WorkerEntrypoint. ' +
      'For a Workflow see docs/workers.md',
    target,
  )
}
