import { DurableObject } from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/workers'

const settings = (env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY })
const client = new Analytics({ writeKey: 'k' })
const ok = () => new Response()

// @ts-expect-error a handler's name is misspelt
withAnalytics(settings, { fecth: ok })
// @ts-expect-error the same beside one that is not: its parameters have no type
withAnalytics(settings, { fetch: ok, sheduled: (one) => one })
// @ts-expect-error no handlers
withAnalytics(settings)
// @ts-expect-error a response is a Response
withAnalytics(settings, { fetch: () => 'ok' })
// @ts-expect-error no such binding
withAnalytics(client, { scheduled: (_, env) => env.ORDER.send(1) })
// @ts-expect-error an `env` that is not the Worker's
withAnalytics(client, { fetch: (_, env: { OTHER: string }) => new Response(env.OTHER) })
// @ts-expect-error an `env` that is not the one of the source
withAnalytics(settings, { fetch: (_, env: { OTHER: string }) => new Response(env.OTHER) })
// @ts-expect-error an event of another handler
withAnalytics(settings, { queue: (controller: ScheduledController) => console.log(controller.cron) })
// @ts-expect-error no such property of a request
withAnalytics(settings, { fetch: (request) => new Response(request.cf?.contry) })
// @ts-expect-error no id
withAnalytics(settings, { scheduled: (_, __, ___, analytics) => void analytics.track({ event: 'e' }) })
// @ts-expect-error no such setting
withAnalytics({ writekey: 'k' }, { fetch: ok })
// @ts-expect-error no such setting of a function
withAnalytics((env: Env) => ({ writekey: env.SEGMENT_WRITE_KEY }), { fetch: ok })
// @ts-expect-error no such option
withAnalytics(settings, { fetch: ok }, { timeOut: 1 })
// @ts-expect-error the handlers of another Worker
withAnalytics((env: { OTHER: string }) => ({ writeKey: env.OTHER }), { fetch: ok }) satisfies ExportedHandler<Env>
// @ts-expect-error what was not given is not there
withAnalytics(settings, { fetch: ok }).queue
// @ts-expect-error the same without a `fetch`
withAnalytics<Env>(client, { scheduled() {} }).fetch(new Request('http://localhost'), {} as Env, {} as ExecutionContext)
// @ts-expect-error the scope is not for the caller
withAnalytics(settings, { fetch: ok }).fetch(new Request('http://localhost'), {} as Env, {} as ExecutionContext, client)

class Room extends DurableObject<Env> {}
// @ts-expect-error an `env` that is not the one of the class
withAnalytics((env: { OTHER: string }) => ({ writeKey: env.OTHER }), Room)
// @ts-expect-error no such binding
withAnalytics((env) => ({ writeKey: env.OTHER }), Room)
class Other {
  constructor(
    readonly one: string,
    readonly two: string,
    readonly three: string,
  ) {}
}
// @ts-expect-error no class that a Worker makes
withAnalytics(client, Other)
