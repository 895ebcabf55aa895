import type { JsonObject } from '../shapes.ts'
import { type Finding, show } from './finding.ts'

const IDS = ['userId', 'anonymousId', 'groupId', 'previousId'] as const
/** What missing values become when converted to strings. */
const NOBODY = ['undefined', 'null', 'nan', 'none', 'nil', 'true', 'false', '[object object]', '[object promise]']

export function lintIds(event: JsonObject): Finding[] {
  return IDS.flatMap((path) => {
    const id = event[path]
    if (typeof id !== 'string' || id === '') return []
    if (NOBODY.includes(id.trim().toLowerCase())) {
      const message = `${show(id)} is a missing value made a string: everybody without an id becomes one user`
      return [{ rule: 'id-of-nobody', path, message }]
    }
    if (id.trim() !== id) {
      return [
        { rule: 'id-with-space', path, message: `${show(id)} has white space around it: another user than without` },
      ]
    }
    return []
  })
}
