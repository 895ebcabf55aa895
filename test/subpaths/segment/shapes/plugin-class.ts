// A plugin as a class, that loads with the client and cancels events.
import { Analytics, Context, type Plugin } from 'SDK'

class Guard implements Plugin {
  name = 'guard'
  type = 'before' as const
  private isReady = false

  isLoaded(): boolean {
    return this.isReady
  }

  async load(ctx: Context, analytics: Analytics): Promise<void> {
    console.log(ctx instanceof Context, ctx.constructor.name, typeof analytics.VERSION)
    this.isReady = true
  }

  track(ctx: Context): Context {
    if (ctx.event.event === 'Forbidden') ctx.cancel(new Error('forbidden'))
    return ctx
  }
}

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '', flushInterval: 100 })
analytics.on('error', ({ code }) => console.log(code))
void analytics.register(new Guard()).then(async () => {
  analytics.track({ userId: 'u1', event: 'Forbidden' })
  analytics.track({ userId: 'u1', event: 'Allowed' })
  await analytics.closeAndFlush()
})
