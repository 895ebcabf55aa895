import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type EnvironmentOptions, kill, spawnRuntime, within } from './environment.ts'
import { type Answer, readText, refuse, toAnswer, untilFirstByte } from './runtime-api.ts'

/** An environment on a Managed Instance. */
export interface ManagedInstance {
  /** What extensions have asked for. */
  readonly registrations: readonly string[]
  logs(): string
  /** Runs an invocation, beside any others. */
  invoke(event: unknown, timeoutMs?: number): Promise<{ answer: Answer; latencyMs: number }>
  stop(): Promise<void>
}

/**
 * An environment as Lambda has it on Managed Instances: the real runtime interface client takes several invocations at once, in a
 * worker thread, and is never frozen or killed. The Extensions API takes no registration for INVOKE.
 */
export async function startManagedInstance(options: EnvironmentOptions): Promise<ManagedInstance> {
  /** Runtimes that wait for an invocation, and invocations that wait for a runtime; never both. */
  const idle: ServerResponse[] = []
  const claims: ((runtime: ServerResponse) => void)[] = []
  const waiting = new Map<string, (answer: Answer) => void>()
  const registrations: string[] = []

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ''
    if (path.endsWith('/invocation/next')) {
      const claim = claims.shift()
      if (claim) claim(response)
      else idle.push(response)
      return
    }
    const firstByteAtMs = await untilFirstByte(request)
    const body = await readText(request)
    if (path.endsWith('/extension/register')) {
      registrations.push(body)
      return refuse(response, 403, 'Extension.RegistrationFailed')
    }
    const [, requestId = '', outcome] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (outcome) waiting.get(requestId)?.(toAnswer(outcome, body, request.trailers, firstByteAtMs))
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
  }
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an AddressInfo.
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { AWS_LAMBDA_MAX_CONCURRENCY: '8', AWS_LAMBDA_NODEJS_WORKER_COUNT: '1', ...options.env }
  const child = spawnRuntime({ ...options, env }, address)
  let logs = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      logs += text
    })
  }
  const stop = async (): Promise<void> => {
    await kill(child)
    server.close()
    server.closeAllConnections()
  }
  const untilIdle = (): Promise<ServerResponse> => {
    const runtime = idle.shift()
    return runtime ? Promise.resolve(runtime) : new Promise((resolve) => claims.push(resolve))
  }
  try {
    idle.unshift(await within(untilIdle(), 'the init phase'))
  } catch (error) {
    await stop()
    throw new Error(`the runtime did not start:\n${logs}`, { cause: error })
  }

  return {
    registrations,
    logs: () => logs,
    async invoke(event, timeoutMs = 10_000) {
      const runtime = await within(untilIdle(), 'a runtime that is idle')
      const requestId = randomUUID()
      const startedAtMs = Date.now()
      const answered = new Promise<Answer>((resolve) => waiting.set(requestId, resolve))
      const headers = {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': requestId,
        'lambda-runtime-deadline-ms': String(startedAtMs + timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:test',
      }
      runtime.writeHead(200, headers).end(JSON.stringify(event))
      const answer = await within(answered, 'the end of an invocation')
      return { answer, latencyMs: Date.now() - startedAtMs }
    },
    stop,
  }
}
