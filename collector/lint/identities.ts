import { isPlainObject, type JsonObject } from '../shapes.ts'
import { type Finding, show } from './finding.ts'

const MAX_REMEMBERED = 5000
/** Longer ids are not remembered, because there may be many. */
const MAX_ID_LENGTH = 200
type Side = 'server' | 'browser'

/** Finds one person with different ids on server and browser, whom Segment would count as two. */
export function createIdentityLint(): (event: JsonObject) => Finding[] {
  const anonymousIds = { server: new Map<string, string>(), browser: new Map<string, string>() }
  const userIds = { server: new Map<string, string>(), browser: new Map<string, string>() }

  return ({ userId, anonymousId, context, type }) => {
    if (!isText(userId) || !isText(anonymousId) || type === 'alias') return []
    const side = resolveSide(context)
    const other = side === 'server' ? 'browser' : 'server'
    remember(anonymousIds[side], userId, anonymousId)
    remember(userIds[side], anonymousId, userId)

    const otherAnonymousId = anonymousIds[other].get(userId)
    if (otherAnonymousId !== undefined && otherAnonymousId !== anonymousId) {
      return [disagree('anonymousId', anonymousId, side, otherAnonymousId, `user ${show(userId)}`)]
    }
    const otherUserId = userIds[other].get(anonymousId)
    if (otherUserId !== undefined && otherUserId !== userId) {
      return [disagree('userId', userId, side, otherUserId, `visitor ${show(anonymousId)}`)]
    }
    return []
  }
}

function disagree(path: string, id: string, side: Side, otherId: string, who: string): Finding {
  const other = side === 'server' ? 'browser' : 'server'
  const message = `the ${side} says ${show(id)}, the ${other} ${show(otherId)}, for ${who}: the two are not joined`
  return { rule: 'ids-disagree', path, message }
}

function resolveSide(context: unknown): Side {
  const library = isPlainObject(context) && isPlainObject(context.library) ? context.library.name : undefined
  return library === 'analytics.js' ? 'browser' : 'server'
}

/** The newest is last; the oldest is dropped. */
function remember(ids: Map<string, string>, of: string, id: string): void {
  ids.delete(of)
  ids.set(of, id)
  const [oldest] = ids.keys()
  if (ids.size > MAX_REMEMBERED && oldest !== undefined) ids.delete(oldest)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH
}
