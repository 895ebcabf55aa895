// A telemetry sender of an extension, and its disposal.
import { Analytics, type TrackParams } from 'SDK'

interface TelemetrySender {
  sendEventData(eventName: string, data?: Record<string, unknown>): void
  flush?(): void | PromiseLike<void>
}

export class SegmentSender implements TelemetrySender {
  private readonly analytics = new Analytics({
    writeKey: 'k',
    host: process.env.SEGMENT_HOST ?? '',
    maxRetries: 3,
    flushAt: 10,
    flushInterval: 10_000,
  })

  sendEventData(eventName: string, data?: Record<string, unknown>): void {
    const payload: TrackParams = { anonymousId: 'machine', event: eventName }
    if (data) payload.properties = data
    this.analytics.track(payload, (err: unknown) => console.log(err ? 'failed' : 'sent'))
  }

  flush(): Promise<void> {
    return this.analytics.closeAndFlush()
  }

  dispose = (): void => void this.flush()
}

const sender = new SegmentSender()
sender.sendEventData('activated')
sender.sendEventData('command', { id: 'open' })
sender.dispose()
