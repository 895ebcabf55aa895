import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { isStopped } from '../../../support/process-tree.ts'
import { type Answer, RuntimeApi, type RuntimeApiOptions } from './runtime-api.ts'

const RIC = fileURLToPath(new URL('../node_modules/aws-lambda-ric/index.mjs', import.meta.url))
/** Far more than anything takes here; far less than what else would end a wait. */
const LONG_MS = 30_000

export interface EnvironmentOptions {
  taskRoot: string
  /** `file.export` */
  handler: string
  env?: Record<string, string>
  /** The function's time-out. @default 10000 */
  timeoutMs?: number
  extensions?: RuntimeApiOptions['extensions']
  /** The Node that runs it. @default the one that runs the tests */
  node?: string
}

/** `exit`: the runtime exited by itself, for example after an uncaught error. */
export type Outcome = Answer | { readonly kind: 'timeout' | 'exit' }

export interface Invocation {
  readonly requestId: string
  readonly startedAtMs: number
  /** What the caller gets, and when. */
  readonly answered: Promise<{ outcome: Outcome; atMs: number }>
  /** When the environment was frozen, or killed for the time-out: until then the invocation is billed. */
  readonly frozen: Promise<number>
}

/** An invocation that is over. */
export interface Run {
  readonly outcome: Outcome
  readonly answeredAtMs: number
  readonly frozenAtMs: number
  readonly latencyMs: number
  readonly billedMs: number
}

export interface Environment {
  /** From the start of the process until it waited for its first invocation. */
  readonly initMs: number
  /** What the function has logged so far. */
  logs(): string
  extensionNames(): string[]
  /** Thaws the environment and has it run an invocation. The earlier one must be frozen. */
  invoke(event: unknown): Invocation
  /** Invokes and waits for the freeze. */
  run(event: unknown): Promise<Run>
  /** Whether the kernel has the runtime stopped. */
  isFrozen(): boolean
  /** Ends the environment, frozen or not. */
  stop(): Promise<void>
}

/** What has been spawned and not ended. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Ends what a failed test has left, frozen ones too. */
export async function stopAllEnvironments(): Promise<void> {
  await Promise.all([...running].map(kill))
}

/** The real runtime interface client, with the handler. */
export function spawnRuntime(
  options: EnvironmentOptions,
  address: string,
): ChildProcessByStdio<null, Readable, Readable> {
  const { taskRoot, handler, env, node = process.execPath } = options
  const child = spawn(node, [RIC], {
    cwd: taskRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: address,
      AWS_LAMBDA_FUNCTION_NAME: 'test',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/test',
      AWS_LAMBDA_LOG_STREAM_NAME: 'test',
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: handler,
      ...env,
    },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  // The one signal that a stopped process obeys.
  child.kill('SIGKILL')
  await ended
}

/**
 * An execution environment of Lambda: the real runtime interface client, frozen (SIGSTOP) whenever its runtime and extensions
 * have asked for the next event, thawed by the next invocation, and killed at the function's time-out.
 */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { timeoutMs = 10_000, extensions = 'present' } = options
  let logs = ''
  let onAnswer: (requestId: string, answer: Outcome) => void = () => {}
  let onFreeze: (atMs: number) => void = () => {}
  let onExit: () => void = () => {}
  let onInit: (error?: Error) => void = () => {}
  const initialized = new Promise<void>((resolve, reject) => {
    onInit = (error) => (error ? reject(error) : resolve())
  })

  const api = new RuntimeApi({
    extensions,
    onAnswer: (requestId, answer) => onAnswer(requestId, answer),
    onIdle() {
      const atMs = Date.now()
      child.kill('SIGSTOP')
      onInit()
      onFreeze(atMs)
    },
    onInitError: (message) => onInit(new Error(`the function did not load: ${message}`)),
  })
  const address = await api.listen()
  const spawnedAtMs = Date.now()
  const child = spawnRuntime(options, address)
  child.once('exit', (code, signal) => {
    onExit()
    onInit(new Error(`the runtime ended (${code ?? signal}):\n${logs}`))
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      logs += text
    })
  }
  const stop = async (): Promise<void> => {
    await kill(child)
    api.close()
  }
  try {
    await within(initialized, 'the init phase')
  } catch (error) {
    await stop()
    throw error
  }

  const initMs = Date.now() - spawnedAtMs

  const invoke = (event: unknown): Invocation => {
    const startedAtMs = Date.now()
    const deadlineMs = startedAtMs + timeoutMs
    child.kill('SIGCONT')
    const requestId = api.invoke(event, deadlineMs)
    let setAnswered: (outcome: Outcome) => void = () => {}
    let setFrozen: (atMs: number) => void = () => {}
    const answered = new Promise<{ outcome: Outcome; atMs: number }>((resolve) => {
      setAnswered = (outcome) => resolve({ outcome, atMs: Date.now() })
    })
    const frozen = new Promise<number>((resolve) => {
      setFrozen = resolve
    })
    let ending: 'exit' | 'timeout' = 'exit'
    const timer = setTimeout(() => {
      ending = 'timeout'
      void kill(child)
    }, timeoutMs)
    onExit = () => {
      clearTimeout(timer)
      setAnswered({ kind: ending })
      setFrozen(Date.now())
    }
    onAnswer = (id, outcome) => {
      if (id === requestId) setAnswered(outcome)
    }
    onFreeze = (atMs) => {
      clearTimeout(timer)
      setFrozen(atMs)
    }
    return { requestId, startedAtMs, answered, frozen }
  }

  return {
    initMs,
    logs: () => logs,
    extensionNames: () => api.extensionNames,
    isFrozen: () => child.pid !== undefined && isStopped(child.pid),
    invoke,
    async run(event) {
      const { startedAtMs, answered, frozen } = invoke(event)
      const [{ outcome, atMs }, frozenAtMs] = await within(Promise.all([answered, frozen]), 'the end of an invocation')
      return {
        outcome,
        answeredAtMs: atMs,
        frozenAtMs,
        latencyMs: atMs - startedAtMs,
        billedMs: frozenAtMs - startedAtMs,
      }
    },
    stop,
  }
}

export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), LONG_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
