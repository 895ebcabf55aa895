import { ValidationError } from '../errors.ts'
import { type Checks, checkSettings } from './check.ts'

/** Checks the options of a function by a table; a name that is not in it is rejected. */
export function checkOptions<Options extends object, Table extends Checks<Options>>(
  options: Options,
  checks: Table,
  name = 'options',
) {
  return checkSettings(name, '', options, checks, {
    push(warning): never {
      throw new ValidationError(name, warning)
    },
  })
}
