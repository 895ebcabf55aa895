import type { Filter } from './store.ts'

/**
 * The filter in a query. One that is mistyped must not select everything.
 *
 * @throws Error that is answered with 400
 */
export function readFilter(query: unknown, allowed: readonly (keyof Filter)[]): Filter {
  for (const [name, value] of Object.entries(Object(query))) {
    if (!allowed.some((each) => each === name)) throw badRequest(`${name}: unknown; allowed is ${allowed.join(', ')}`)
    if (typeof value !== 'string' || value === '') throw badRequest(`${name}: must be given once, and not be empty`)
  }
  return { ...Object(query) }
}

function badRequest(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 })
}
