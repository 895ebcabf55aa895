// Types that are derived from the class.
import type { AnalyticsSettings } from 'SDK'
import { Analytics } from 'SDK'

type Track = Parameters<Analytics['track']>[0]
type Settings = ConstructorParameters<typeof Analytics>[0]
type Returned = ReturnType<Analytics['track']>
type Instance = InstanceType<typeof Analytics>

const settings: Settings & AnalyticsSettings = { writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }
const build = (event: string): Track => ({ userId: 'u1', event, properties: { at: new Date(0), tags: ['a'] } })
const analytics: Instance = new Analytics(settings)
const returned: Returned = analytics.track(build('Derived'))
console.log(returned)
void analytics.closeAndFlush()
