// A Durable Object and an entrypoint that are wrapped, a client at module scope that they share with the Worker, and who calls them.
import * as host from 'cloudflare:workers'
import { Analytics, type OptionalIdentity, type Outcome } from 'analytics-edge'
import { type Scope, withAnalytics } from 'analytics-edge/workers'

interface Env {
  SEGMENT_HOST: string
  ROOM: { idFromName(name: string): unknown; get(id: unknown): RoomStub }
  SERVICE: ServiceStub
}

interface RoomStub {
  fetch(request: Request | string): Promise<Response>
  hit(name: string): Promise<string>
  slow(name: string, ms: number): Promise<Outcome>
  lazy(): Promise<number>
  nested(): Promise<number>
  readonly size: Promise<number>
  readonly analytics: Promise<unknown>
}

interface ServiceStub {
  fetch(url: string): Promise<Response>
  add(one: number, two: number): Promise<number>
  fail(): Promise<never>
  stream(): Promise<ReadableStream<Uint8Array>>
  readonly label: Promise<string>
}

interface State {
  waitUntil(promise: Promise<unknown>): void
  acceptWebSocket(socket: unknown): void
  readonly storage: { setAlarm(time: number): Promise<void> }
}

interface WebSocketLike {
  send(text: string): void
  close(code: number): void
}

type Base = new (ctx: State, env: Env) => { readonly ctx: State; readonly env: Env }
// A cast: the declarations of this module name only what the library uses.
const { DurableObject, WorkerEntrypoint } = host as unknown as { DurableObject: Base; WorkerEntrypoint: Base }
// The same: the types of the tests are Node's.
const { WebSocketPair } = globalThis as unknown as { WebSocketPair: new () => Record<0 | 1, WebSocketLike> }

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let shared: Analytics | undefined
// Made by the first who asks, as the tests tell the host by a binding.
const source = ({ SEGMENT_HOST }: Env): Analytics => {
  shared ??= new Analytics({ writeKey: 'classes', host: SEGMENT_HOST })
  return shared
}
/** What a helper somewhere in the code does: a call on the client itself. */
const helper = (event: string) => void shared?.track({ userId: 'client', event })

class RoomObject extends DurableObject {
  declare protected readonly analytics: Scope<OptionalIdentity>
  #visitCount = 0

  constructor(ctx: State, env: Env) {
    super(ctx, env)
    this.analytics.track({ userId: 'room', event: 'Constructed' })
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/alarm') {
      await this.ctx.storage.setAlarm(Date.now() + 50)
      return new Response('set')
    }
    if (pathname === '/ws') {
      const pair = new WebSocketPair()
      this.ctx.acceptWebSocket(pair[1])
      // A cast: the types of the tests are Node's.
      return new Response(null, { status: 101, webSocket: pair[0] } as ResponseInit)
    }
    this.analytics.track({ userId: 'room', event: 'Fetched' })
    await pause(10)
    helper('Fetched, Helper')
    return new Response('room')
  }

  async alarm(): Promise<void> {
    this.analytics.track({ userId: 'room', event: 'Alarm' })
    await pause(10)
    helper('Alarm, Helper')
  }

  webSocketMessage(socket: WebSocketLike, message: string): void {
    this.analytics.track({ userId: 'room', event: `Message ${message}` })
    helper('Message, Helper')
    socket.send(`got ${message}`)
  }

  webSocketClose(socket: WebSocketLike, code: number): void {
    this.analytics.track({ userId: 'room', event: 'Closed' })
    socket.close(code)
  }

  hit(name: string): string {
    this.analytics.track({ userId: 'room', event: `Hit ${name}` })
    helper(`Hit ${name}, Helper`)
    // Not a promise: a method that is called from inside stays as it is.
    return `${this.count()} ${name}`
  }

  count(): number {
    this.analytics.track({ userId: 'room', event: 'Counted' })
    return ++this.#visitCount
  }

  async slow(name: string, ms: number): Promise<Outcome> {
    helper(`Slow ${name}`)
    await pause(ms)
    return this.analytics.track({ userId: 'room', event: `Slow ${name}`, messageId: `slow ${name}` })
  }

  /** Does its work each time that somebody asks, as a query of an ORM does. */
  lazy(): PromiseLike<number> {
    return {
      // biome-ignore lint/suspicious/noThenProperty: being a thenable is its point
      then: (onFulfilled) => Promise.resolve(this.count()).then(onFulfilled),
    }
  }

  async nested(): Promise<number> {
    this.analytics.track({ userId: 'room', event: 'Outer' })
    const client = shared
    await client?.scope({ userId: 'inner' }).run(async () => {
      helper('Inner')
      await client.flush()
    })
    return this.analytics.pendingCount
  }

  get size(): number {
    this.analytics.track({ userId: 'room', event: 'Sized' })
    return this.#visitCount
  }
}

class ServiceEntrypoint extends WorkerEntrypoint {
  declare protected readonly analytics: Scope

  async fetch(): Promise<Response> {
    this.analytics.track({ userId: 'service', event: 'Fetched' })
    return new Response('service')
  }

  add(one: number, two: number): number {
    helper('Added, Helper')
    this.analytics.track({ userId: 'service', event: 'Added' })
    return one + two
  }

  fail(): never {
    this.analytics.track({ userId: 'service', event: 'Failed' })
    throw new RangeError('from the method')
  }

  get label(): string {
    this.analytics.track({ userId: 'service', event: 'Labelled' })
    return 'label'
  }

  stream(): ReadableStream<Uint8Array> {
    let chunk = 0
    return new ReadableStream<Uint8Array>({
      // Of bytes, as RPC wants it. A cast: without a controller's type, Node's types take it for another stream.
      type: 'bytes' as unknown as undefined,
      pull: async (controller) => {
        await pause(5)
        this.analytics.track({ userId: 'service', event: `Chunk ${chunk}` })
        helper(`Chunk ${chunk}, Helper`)
        controller.enqueue(new TextEncoder().encode(`${chunk}`))
        if (++chunk === 3) controller.close()
      },
    })
  }
}

export const Room = withAnalytics(source, RoomObject)
export const Service = withAnalytics(source, ServiceEntrypoint)

export default withAnalytics(source, {
  async fetch(request: Request, env: Env) {
    const { pathname, searchParams } = new URL(request.url)
    const room = env.ROOM.get(env.ROOM.idFromName(searchParams.get('room') ?? 'a'))
    switch (pathname) {
      case '/room':
        return room.fetch('http://room/')
      case '/room/alarm':
        return room.fetch('http://room/alarm')
      case '/room/ws':
        return room.fetch(new Request('http://room/ws', request))
      case '/room/hit':
        return Response.json([await room.hit('one'), await room.size])
      case '/room/lazy':
        await room.lazy()
        return Response.json(await room.size)
      case '/room/nested':
        return Response.json(await room.nested())
      case '/room/analytics':
        return Response.json(
          await room.analytics.then(
            () => 'given away',
            (error) => String(error),
          ),
        )
      case '/room/slow':
        return Response.json(await Promise.all([room.slow('one', 40), room.slow('two', 10), room.slow('three', 20)]))
      case '/service':
        return Response.json([
          await (await env.SERVICE.fetch('http://service/')).text(),
          await env.SERVICE.add(1, 2),
          await env.SERVICE.fail().catch(String),
          await env.SERVICE.label,
        ])
      case '/service/stream':
        return new Response(await new Response(await env.SERVICE.stream()).text())
      case '/names':
        return Response.json([Room.name, Service.name, Object.getPrototypeOf(Room.prototype) === RoomObject.prototype])
      default:
        return new Response('not found', { status: 404 })
    }
  },
})
