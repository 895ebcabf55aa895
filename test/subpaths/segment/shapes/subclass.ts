// A subclass merges properties that it has recorded, and overrides methods with void.
import { Analytics, type AnalyticsSettings, type IdentifyParams, type TrackParams } from 'SDK'

export class Recording extends Analytics {
  private readonly recorded: Record<string, string> = {}

  constructor(settings: AnalyticsSettings) {
    super(settings)
  }

  record(name: string, value: string): void {
    this.recorded[name] = value
  }

  override track(message: TrackParams, callback?: (err?: unknown) => unknown) {
    super.track({ ...message, properties: { ...message.properties, ...this.recorded } }, callback)
  }

  override identify(params: IdentifyParams): void {
    return super.identify(params)
  }

  override flush() {
    return super.flush()
  }
}

const analytics = new Recording({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
analytics.record('plan', 'pro')
analytics.track({ userId: 'u1', event: 'Tracked', properties: { a: 1 } }, (err) => console.log('told', err))
analytics.identify({ userId: 'u1' })
const { track } = analytics
track({ userId: 'u1', event: 'Detached' })
console.log(analytics instanceof Recording, analytics instanceof Analytics, analytics.constructor.name)
void analytics.closeAndFlush().then((result) => console.log(result))
