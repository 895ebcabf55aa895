import type { Scope } from 'analytics-edge'
import { Hono, type MiddlewareHandler } from 'hono'
import { streamText } from 'hono/streaming'

export interface AppEnv {
  /** On Workers. */
  Bindings: { SEGMENT_WRITE_KEY: string; SEGMENT_HOST?: string }
  Variables: { analytics: Scope }
}

/** The application, independent of its host, which sets the variable `analytics`: see worker.ts and node.ts. */
export function createApp(analytics: MiddlewareHandler<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  app.use(analytics)

  app.get('/visit', (c) => {
    const userId = c.req.query('user') ?? '019mr8mf4r'
    c.var.analytics.identify({ userId, traits: { plan: 'Free' } })
    c.var.analytics.track({ userId, event: 'Visited', context: { userAgent: c.req.header('user-agent') } })
    return c.text(`Hello, ${userId}\n`)
  })

  app.post('/orders', (c) => {
    const userId = c.req.query('user') ?? '019mr8mf4r'
    const orderId = crypto.randomUUID()
    c.var.analytics.track({ userId, event: 'Order Placed', properties: { orderId } })
    return c.json({ orderId }, 201)
  })

  // The handler returns long before the last line is sent; events tracked until then are delivered as well.
  app.get('/countdown', (c) => {
    const userId = c.req.query('user') ?? '019mr8mf4r'
    return streamText(c, async (stream) => {
      for (const count of [3, 2, 1]) {
        await stream.writeln(String(count))
        await stream.sleep(50)
      }
      c.var.analytics.track({ userId, event: 'Countdown Finished' })
    })
  })

  app.get('/error', (c) => {
    c.var.analytics.track({ userId: c.req.query('user') ?? '019mr8mf4r', event: 'Checkout Started' })
    throw new Error('the event above is delivered all the same')
  })

  return app
}
