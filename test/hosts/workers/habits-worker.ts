// What the SDK rests on in workerd, looked at without the SDK.
import * as host from 'cloudflare:workers'

interface Socket {
  readonly readyState: number
}

interface AsyncHooks {
  AsyncLocalStorage?: { snapshot(): <Result>(act: () => Result) => Result }
}

// Casts: the types of the tests are Node's.
const { WebSocketPair, process, Cloudflare } = globalThis as unknown as {
  WebSocketPair: new () => Record<0, Socket>
  process?: { getBuiltinModule?(name: string): AsyncHooks }
  Cloudflare?: { compatibilityFlags?: Record<string, boolean> }
}
const { AsyncLocalStorage } = process?.getBuiltinModule?.('node:async_hooks') ?? {}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const outcomeOf = (act: () => unknown): string => {
  try {
    act()
    return 'works'
  } catch {
    return 'throws'
  }
}

const atModuleScope = {
  socket: outcomeOf(() => new WebSocketPair()),
  random: outcomeOf(() => crypto.randomUUID()),
}

let kept: { socket: Socket; snapshot: (<Result>(act: () => Result) => Result) | undefined; span: object | undefined }
const KEY = Symbol('carried')

async function carry(): Promise<unknown[]> {
  const { withExports } = host
  if (!withExports) return []
  const seen: unknown[] = []
  const look = () => seen.push(host.exports?.[KEY])
  await withExports({ __proto__: { ...host.exports }, [KEY]: 'carried' }, async () => {
    look()
    await pause(2)
    look()
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        look()
        resolve()
      }, 2)
    })
    seen.push(host.exports?.default !== undefined)
  })
  look()
  return seen
}

const findSpan = () => host.tracing?.getActiveSpan?.()

export default {
  async fetch(request: Request): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/load':
        return Response.json(atModuleScope)
      case '/keep': {
        kept = { socket: new WebSocketPair()[0], snapshot: AsyncLocalStorage?.snapshot(), span: findSpan() }
        const own = [outcomeOf(() => kept.socket.readyState), outcomeOf(() => kept.snapshot?.(() => {}))]
        const span = kept.span
        const random = outcomeOf(() => crypto.randomUUID())
        // Its owner lives until the caller has all of the body.
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode(`${JSON.stringify({ own, random })}\n`))
            await pause(500)
            controller.enqueue(new TextEncoder().encode(JSON.stringify(findSpan() === span)))
            controller.close()
          },
        })
        return new Response(body)
      }
      case '/touch':
        return Response.json({
          socket: outcomeOf(() => kept.socket.readyState),
          snapshot: kept.snapshot ? outcomeOf(() => kept.snapshot?.(() => {})) : 'none',
          isBound: Cloudflare?.compatibilityFlags?.bind_asynclocalstorage_snapshot_to_request === true,
          span: findSpan() === undefined ? 'none' : findSpan() === kept.span ? 'the same' : 'another',
        })
      case '/carry':
        return Response.json(await carry())
      default:
        return new Response('not found', { status: 404 })
    }
  },
}
