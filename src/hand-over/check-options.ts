import { type Checks, checkSettings } from '../settings/check.ts'

/** Checks options of producers and consumers by a table; a name that is not in it is rejected. */
export function checkOptions<Options extends object, Table extends Checks<Options>>(options: Options, checks: Table) {
  return checkSettings('options', '', options, checks)
}
