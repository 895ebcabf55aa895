import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the function answered. */
export type Answer =
  | { readonly kind: 'response'; readonly body: string; readonly firstByteAtMs: number }
  | { readonly kind: 'error'; readonly type: string; readonly message: string }

export interface RuntimeApiOptions {
  /**
   * `absent` and `refusing` are environments without extensions, `silent` never answers a registration, and `flaky` drops the
   * connection of every other `next`.
   */
  extensions: 'present' | 'absent' | 'refusing' | 'silent' | 'flaky'
  /** The function has answered; the caller has the result from now on. */
  onAnswer(requestId: string, answer: Answer): void
  /** The runtime and every extension have asked for what comes next: nothing keeps the environment from being frozen. */
  onIdle(): void
  onInitError(message: string): void
}

interface Extension {
  readonly id: string
  readonly name: string
  next: ServerResponse | undefined
}

const RUNTIME = '/2018-06-01/runtime'
const EXTENSION = '/2020-01-01/extension'

/** Lambda's Runtime API and Extensions API for one environment. */
export class RuntimeApi {
  readonly #options: RuntimeApiOptions
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })
  readonly #extensions = new Map<string, Extension>()
  #runtimeNext: ServerResponse | undefined
  #isInitialized = false
  #requestId: string | undefined
  #nextCount = 0

  constructor(options: RuntimeApiOptions) {
    this.#options = options
  }

  /** Listens, and answers with what goes into AWS_LAMBDA_RUNTIME_API. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    // A server that listens on TCP has an AddressInfo.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get extensionNames(): string[] {
    return [...this.#extensions.values()].map(({ name }) => name)
  }

  /** Hands an invocation to the runtime and announces it to the extensions. Only when idle. */
  invoke(event: unknown, deadlineMs: number): string {
    const runtime = this.#runtimeNext
    if (!runtime || this.#requestId !== undefined) throw new Error('the environment is not idle')
    const requestId = randomUUID()
    const invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:test'
    this.#requestId = requestId
    this.#runtimeNext = undefined
    for (const extension of this.#extensions.values()) {
      const announcement = { eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn }
      extension.next?.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(announcement))
      extension.next = undefined
    }
    const headers = {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadlineMs),
      'lambda-runtime-invoked-function-arn': invokedFunctionArn,
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1',
    }
    runtime.writeHead(200, headers).end(JSON.stringify(event))
    return requestId
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    if (path.startsWith(`${EXTENSION}/`)) return this.#serveExtension(path, request, response)
    if (path === `${RUNTIME}/invocation/next`) return this.#onRuntimeNext(response)

    const firstByteAtMs = await untilFirstByte(request)
    const body = await readText(request)
    if (path === `${RUNTIME}/init/error`) this.#options.onInitError(JSON.parse(body).errorMessage)
    const [, requestId = '', outcome] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    // After a timeout, nothing waits for the answer.
    if (outcome && requestId === this.#requestId) {
      this.#requestId = undefined
      this.#options.onAnswer(requestId, toAnswer(outcome, body, request.trailers, firstByteAtMs))
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
  }

  #onRuntimeNext(response: ServerResponse): void {
    this.#isInitialized = true
    this.#runtimeNext = response
    this.#checkIdle()
  }

  async #serveExtension(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#options.extensions === 'absent') return refuse(response, 404, 'no such page')
    if (path === `${EXTENSION}/register`) {
      const { events } = JSON.parse(await readText(request))
      return this.#register(String(request.headers['lambda-extension-name']), events, response)
    }
    const extension = this.#extensions.get(String(request.headers['lambda-extension-identifier']))
    if (path !== `${EXTENSION}/event/next` || !extension) return refuse(response, 403, 'Extension.UnknownIdentifier')
    if (this.#options.extensions === 'flaky' && this.#nextCount++ % 2 === 0) {
      response.destroy()
      return
    }
    extension.next = response
    this.#checkIdle()
  }

  #register(name: string, events: string[], response: ServerResponse): void {
    if (this.#options.extensions === 'silent') return
    const isKnown = this.extensionNames.includes(name)
    // An internal extension cannot have SHUTDOWN, and after the init phase none can be registered.
    if (this.#options.extensions === 'refusing' || this.#isInitialized || isKnown || events.join() !== 'INVOKE') {
      refuse(response, 403, 'Extension.RegistrationFailed')
      return
    }
    const id = randomUUID()
    this.#extensions.set(id, { id, name, next: undefined })
    response.writeHead(200, { 'lambda-extension-identifier': id }).end('{"functionName":"test"}')
  }

  #checkIdle(): void {
    const areReady = [...this.#extensions.values()].every(({ next }) => next !== undefined)
    if (this.#runtimeNext && areReady && this.#requestId === undefined) this.#options.onIdle()
  }
}

export function toAnswer(outcome: string, body: string, trailers: NodeJS.Dict<string>, firstByteAtMs: number): Answer {
  const trailer = trailers['lambda-runtime-function-error-body']
  const text = trailer === undefined ? body : Buffer.from(trailer, 'base64').toString()
  if (outcome === 'response' && trailer === undefined) return { kind: 'response', body, firstByteAtMs }
  const { errorType, errorMessage } = JSON.parse(text)
  return { kind: 'error', type: errorType, message: errorMessage }
}

export function refuse(response: ServerResponse, status: number, errorType: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errorType }))
}

export async function untilFirstByte(request: IncomingMessage): Promise<number> {
  if (request.readableLength === 0 && !request.readableEnded) await once(request, 'readable')
  return Date.now()
}

export async function readText(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
