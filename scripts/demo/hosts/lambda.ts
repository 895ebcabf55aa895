import { startEnvironment } from '../../../test/hosts/lambda/harness/environment.ts'
import { createTaskRoot } from '../../../test/hosts/lambda/harness/task-root.ts'
import type { HttpEvent } from '../functions/lambda.ts'
import type { DemoRequest } from '../steps.ts'
import type { HostKind } from './host.ts'

/** Two functions on Lambda, as a function flushes either before or after its response. */
export const lambda: readonly HostKind[] = [
  createKind('before the response: the default', 'before-response'),
  createKind('behind the response: extension', 'after-response'),
]

function createKind(title: string, flush: 'before-response' | 'after-response'): HostKind {
  return {
    name: 'Lambda',
    runtime: "AWS' runtime interface client for Node, stopped (SIGSTOP) after each invocation",
    modes: [{ title }],
    async start({ segmentHost, signal }) {
      const taskRoot = await createTaskRoot()
      try {
        await taskRoot.bundle('scripts/demo/functions/lambda.ts', 'demo', 'esm')
        const env = { SEGMENT_HOST: segmentHost, SEGMENT_WRITE_KEY: 'demo', FLUSH: flush }
        const environment = await startEnvironment({ taskRoot: taskRoot.path, handler: 'demo.handler', env })
        const stop = async (): Promise<void> => {
          await environment.stop()
          await taskRoot.remove()
        }
        signal.addEventListener('abort', () => void environment.stop())
        return {
          async send(request) {
            signal.throwIfAborted()
            const { outcome, latencyMs, billedMs, frozenAtMs } = await environment.run(toEvent(request))
            const status = outcome.kind === 'response' ? JSON.parse(outcome.body).statusCode : 500
            return { request, status, startedAtMs: frozenAtMs - billedMs, latencyMs, endedAtMs: frozenAtMs }
          },
          output: () => environment.logs(),
          stop,
        }
      } catch (error) {
        await taskRoot.remove()
        throw error
      }
    },
  }
}

function toEvent({ path, body }: DemoRequest): HttpEvent {
  return { rawPath: path, body: JSON.stringify(body ?? {}) }
}
