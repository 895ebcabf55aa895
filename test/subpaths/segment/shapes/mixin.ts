// A mixin over the class, and a check of what it is.
import { Analytics, type TrackParams } from 'SDK'

function WithTenant<Base extends new (...args: any[]) => Analytics>(Client: Base) {
  return class extends Client {
    tenant = 'acme'

    trackTenant(params: TrackParams): void {
      this.track({ ...params, context: { groupId: this.tenant } })
    }
  }
}
const TenantAnalytics = WithTenant(Analytics)
const analytics = new TenantAnalytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
analytics.trackTenant({ userId: 'u1', event: 'E' })
console.log(analytics instanceof Analytics, new Analytics({ writeKey: 'k' }) instanceof TenantAnalytics)
void analytics.closeAndFlush()
