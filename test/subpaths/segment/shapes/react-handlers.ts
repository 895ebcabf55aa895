// Handlers with a declared void return; arrays, ternaries, awaits.
import { Analytics } from 'SDK'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
interface Props {
  onClick: () => void
  onHover?: (id: string) => void
}
export const f1 = (userId: string): void => analytics.track({ userId, event: 'f1' })
export function f2(userId: string): void {
  return analytics.track({ userId, event: 'f2' })
}
export const f3: (userId: string) => void = (userId) => analytics.track({ userId, event: 'f3' })
export async function f4(userId: string): Promise<void> {
  return analytics.track({ userId, event: 'f4' })
}
export async function f5(userId: string): Promise<void> {
  await analytics.track({ userId, event: 'f5' })
}
export const f6 = async (ids: string[]): Promise<void[]> =>
  Promise.all(ids.map((userId) => analytics.track({ userId, event: 'f6' })))
export const props: Props = { onClick: () => f1('u1'), onHover: (id) => (id ? f2(id) : undefined) }

async function main(): Promise<void> {
  props.onClick()
  props.onHover?.('u2')
  console.log(f3('u3'), await f4('u4'), await f5('u5'), await f6(['u6', 'u7']))
  await analytics.closeAndFlush()
}
void main()
