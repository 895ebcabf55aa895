import type { Socket } from 'node:net'
import { builtin } from './builtin.ts'

const NAME = 'analytics-edge'
/** Far more than a throttled cold start needs, and far less than the ten seconds of the init phase. */
const TIMEOUT_MS = 2_000
const SLEEP_MS = 1
/** Counts sleeps, because reading a clock would load `performance` only for this. */
const MAX_SLEEP_COUNT = TIMEOUT_MS / SLEEP_MS
const BODY = '{"events":["INVOKE"]}'

/**
 * Registers an internal extension, and returns its identifier.
 *
 * Lambda accepts registrations until the runtime asks for its first invocation, as soon as the handler's module is
 * loaded. Neither a CommonJS module nor a function can wait for a promise, so the request is synchronous: Node opens
 * the connection, and this code writes to and reads from its file descriptor. A worker thread making the request while
 * this one waits would take about as long as the whole init phase of a plain handler.
 *
 * @throws if Lambda rejects it or does not respond
 */
export function registerExtension(api: string): string {
  const socket = connectNow(api)
  try {
    const response = exchange(handleOf(socket), [
      'POST /2020-01-01/extension/register HTTP/1.1',
      `Host: ${api}`,
      `Lambda-Extension-Name: ${NAME}`,
      'Content-Type: application/json',
      `Content-Length: ${BODY.length}`,
      'Connection: close',
      '',
      BODY,
    ])
    const id = /^lambda-extension-identifier: *(\S+)/im.exec(response)?.[1]
    if (isAccepted(response) && id) return id
    throw new Error(`the registration failed: ${summarize(response)}`)
  } finally {
    socket.destroy()
  }
}

/**
 * Connects in this turn of the event loop, as Node does if a name resolves synchronously; given an address, it waits
 * for a later turn.
 */
function connectNow(api: string): Socket {
  const [, address = '', port] = /^([\d.]+):(\d+)$/.exec(api) ?? []
  if (!port) throw new Error('AWS_LAMBDA_RUNTIME_API is not an IPv4 address with a port')
  const socket = builtin('node:net').connect({
    host: 'lambda',
    port: Number(port),
    family: 4,
    lookup: (_name, _options, done) => done(null, address, 4),
  })
  // Errors surface in the reads and writes below.
  return socket.on('error', () => {})
}

/** The socket's file descriptor. */
function handleOf(socket: Socket): number {
  // A cast, because the property is not documented. If it ever moves, events are flushed before the response, and the
  // warning says why.
  const { _handle } = socket as unknown as { _handle?: { fd?: number } | null }
  const fd = _handle?.fd
  if (fd === undefined || fd < 0) throw new Error('the connection could not be opened')
  return fd
}

/** Writes a request and reads the response: all of it, or only the head of a successful one. */
function exchange(fd: number, lines: readonly string[]): string {
  const { readSync, writeSync } = builtin('node:fs')
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  let sleepCount = 0
  /** Repeats a non-blocking operation while it fails with EAGAIN. */
  const untilReady = (act: () => number): number => {
    for (;;) {
      try {
        return act()
      } catch (error) {
        // A cast: errors of fs have a code.
        if ((error as { code?: unknown }).code !== 'EAGAIN') throw error
        if (sleepCount++ >= MAX_SLEEP_COUNT) throw new Error(`no response within ${TIMEOUT_MS} ms`)
        Atomics.wait(sleeper, 0, 0, SLEEP_MS)
      }
    }
  }
  // A request this small is written at once.
  untilReady(() => writeSync(fd, lines.join('\r\n')))
  const buffer = new Uint8Array(4_096)
  let text = ''
  do {
    const length = untilReady(() => readSync(fd, buffer))
    if (length === 0) break
    text += String.fromCharCode(...buffer.subarray(0, length))
  } while (!(isAccepted(text) && text.includes('\r\n\r\n')))
  return text
}

function isAccepted(response: string): boolean {
  return /^HTTP\/1\.[01] 200 /.test(response)
}

function summarize(response: string): string {
  const [head = '', body = ''] = response.split('\r\n\r\n')
  return `${head.split('\r\n')[0]?.slice(9)} ${body}`.slice(0, 200)
}
