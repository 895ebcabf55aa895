// Plugins as objects, with all that Segment's type asks for.
import { Analytics, type Context, type Plugin } from 'SDK'

const enrich = (ctx: Context): Context => {
  ctx.updateEvent('context.app.version', '1.2.3')
  ctx.log('debug', 'enriched')
  return ctx
}
const plugin: Plugin = {
  name: 'enricher',
  type: 'enrichment',
  version: '1.0.0',
  isLoaded: () => true,
  load: () => Promise.resolve(),
  track: enrich,
  identify: async (ctx) => enrich(ctx),
}

async function main(): Promise<void> {
  const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
  analytics
    .on('register', (names) => names.includes(plugin.name) && console.log(names))
    .on('deregister', (names) => console.log(names))
  console.log(await analytics.register(plugin), plugin.isLoaded())
  analytics.track({ userId: 'u1', event: 'Enriched' })
  analytics.identify({ userId: 'u1' })
  await analytics.flush()
  console.log(await analytics.deregister('enricher'))
  analytics.track({ userId: 'u1', event: 'Plain' })
  await analytics.closeAndFlush()
}
void main()
