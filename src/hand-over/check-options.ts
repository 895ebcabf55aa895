import { ValidationError } from '../errors.ts'
import { type Checks, checkSettings } from '../settings/check.ts'

/** Checks options of producers and consumers by a table. Throws a ValidationError also for a name that is not in it: a misspelt one has no effect. */
export function checkOptions<Options extends object, Table extends Checks<Options>>(options: Options, checks: Table) {
  const warnings: string[] = []
  const checked = checkSettings('options', '', options, checks, warnings)
  if (warnings[0]) throw new ValidationError('options', warnings[0])
  return checked
}
