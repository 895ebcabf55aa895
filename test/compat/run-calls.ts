import type { Context, Delivery, DeliveryError, Plugin } from '../../src/index.ts'
import { createPlugin } from '../support/plugins.ts'
import { DROPPED, type PluginKind, type Program } from './calls.ts'
import { realize } from './recipe.ts'
import type { Subject } from './subject.ts'

/** What a call threw, as far as a program can tell by it. */
export interface Thrown {
  readonly name: string
  readonly field: unknown
}

/** With which reason an event failed. */
export interface Failed {
  readonly code: string
  readonly field: unknown
}

export interface SentRequest {
  readonly headers: Record<string, string>
  readonly batch: Record<string, unknown>[]
  readonly rest: Record<string, unknown>
}

export interface Result {
  /** For each call what it threw, undefined if it returned. */
  readonly calls: readonly (Thrown | undefined)[]
  /** For each call why its event failed, if that can be told: what calls of the reference return says nothing. */
  readonly failures: readonly (Failed | undefined)[]
  readonly requests: readonly SentRequest[]
  /** Events that the collector has got. */
  readonly arrivedCount: number
  /** Codes of the `error` events. */
  readonly errors: readonly string[]
  /** The types of the events reported as delivered. */
  readonly delivered: readonly string[]
}

/** Makes the calls of a program, waits until all is reported, and returns what was to be seen. */
export async function runProgram({ flushAt, plugin, calls }: Program, { create, collector }: Subject): Promise<Result> {
  const writeKey = crypto.randomUUID()
  // The reference waits for its timer when a plugin has dropped an event.
  const client = create({ writeKey, flushAt, flushInterval: plugin === 'before' ? 100 : 10_000 })
  const requests: SentRequest[] = []
  const errors: string[] = []
  const delivered: string[] = []
  client.on('http_request', ({ headers, body }) => {
    const { batch, ...rest } = JSON.parse(body)
    requests.push({ headers: { ...headers }, batch, rest })
  })
  client.on('error', ({ code }) => errors.push(code))
  for (const method of ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const) {
    client.on(method, (ctx) => delivered.push(ctx.event.type))
  }
  // The reference knows its own Context alone, and gives it to hooks.
  if (plugin !== 'none') await client.register(createKind(plugin))

  const deliveries: (Delivery | undefined)[] = []
  const thrown = calls.map(({ method, params }, index) => {
    // A cast: the types are what a JavaScript program does without.
    const call = client[method] as (params: unknown) => Delivery | undefined
    try {
      deliveries[index] = call.call(client, realize(params))
      return undefined
    } catch (error) {
      return describe(error)
    }
  })
  await client.closeAndFlush()
  const failures = await Promise.all(calls.map((_, index) => readFailure(deliveries[index])))
  const arrivedCount = collector.events({ writeKey }).length
  return { calls: thrown, failures, requests, arrivedCount, errors, delivered }
}

async function readFailure(delivery: Delivery | undefined): Promise<Failed | undefined> {
  try {
    await delivery?.orThrow()
    return undefined
  } catch (error) {
    // The cast: a Delivery rejects with nothing else.
    const { code, field } = error as DeliveryError
    return { code, field }
  }
}

/** The ValidationError of the reference is known by its field alone: compiled down, it is an instance of Error. */
function describe(error: unknown): Thrown {
  if (!(error instanceof Error)) throw error
  const field = 'field' in error ? error.field : undefined
  return { name: field === undefined ? error.constructor.name : 'ValidationError', field }
}

function createKind(kind: Exclude<PluginKind, 'none'>): Plugin {
  const loaded = { isLoaded: () => true, load: () => Promise.resolve() }
  const enrich = (ctx: Context) => {
    ctx.updateEvent('properties.list.0.name', 'first')
    ctx.updateEvent('traits.toString', 'own')
    ctx.updateEvent('context.page.url', 'https://example.com')
    ctx.updateEvent('integrations.Vero.id', 7)
    return ctx
  }
  switch (kind) {
    case 'enrichment':
      return createPlugin(kind, 'enrichment', enrich, loaded)
    case 'slow enrichment':
      return createPlugin(kind, 'enrichment', async (ctx) => enrich(await ctx), loaded)
    case 'failing enrichment':
      return createPlugin(kind, 'enrichment', async (ctx) => Promise.reject(new Error(enrich(ctx).event.type)), loaded)
    case 'before':
      return createPlugin(
        kind,
        'before',
        (ctx) => {
          if (ctx.event.userId === DROPPED) throw new Error('dropped')
          return enrich(ctx)
        },
        loaded,
      )
    case 'destination':
      return createPlugin(kind, 'destination', (ctx) => ctx, loaded)
  }
}
