// Unchecked data, from JSON.
import { Analytics } from 'SDK'

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const row: any = JSON.parse('{"userId":"","event":"Row","properties":{"n":1},"previousId":null}')
const attempts: (() => void)[] = [
  () => analytics.track(row),
  () => analytics.identify({ userId: row.userId }),
  () => analytics.group({ anonymousId: 'a1', groupId: row.missing }),
  () => analytics.track({ userId: row.missing, event: 'No id' } as never),
  () => analytics.track({ ...row, event: undefined }),
  () => analytics.track(null as never),
  () => analytics.page({ userId: 'u1', properties: 'abc' } as never),
  () => analytics.track({ userId: 'u1', event: 'Null callback' }, null as never),
]
for (const attempt of attempts) {
  try {
    console.log(attempt())
  } catch (error) {
    console.log('threw', (error as { field?: string }).field)
  }
}
void analytics.closeAndFlush()
