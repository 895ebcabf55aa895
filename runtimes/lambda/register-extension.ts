import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'

const NAME = 'analytics-edge'
/** Far more than a throttled cold start takes, far less than the ten seconds of the init phase. */
const TIMEOUT_MS = 4_000

/** What the worker answers with: the extension's identifier, or why there is none. */
interface Answer {
  readonly id?: string
  readonly reason?: string
}

const PROGRAM = `
const { workerData: { url, name, port, flag, timeoutMs } } = require('node:worker_threads')
const answer = (message) => {
  port.postMessage(message)
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
}
const headers = { 'Content-Type': 'application/json', 'Lambda-Extension-Name': name }
const post = require('node:http').request(url, { method: 'POST', headers, agent: false }, (response) => {
  let text = ''
  response.setEncoding('utf8').on('data', (chunk) => { text += chunk }).on('end', () => {
    const id = response.headers['lambda-extension-identifier']
    if (response.statusCode === 200 && id) answer({ id })
    else answer({ reason: 'the registration was answered ' + response.statusCode + ' ' + text.slice(0, 200) })
  })
})
post.on('error', (error) => answer({ reason: String(error) }))
post.setTimeout(timeoutMs, () => post.destroy(new Error('no answer within ' + timeoutMs + ' ms')))
post.end('{"events":["INVOKE"]}')
`

/**
 * Registers an internal extension, and answers with its identifier.
 *
 * Lambda takes registrations until the runtime asks for its first invocation, which it does as soon as the handler's module
 * has been loaded. A module in ES form could await the registration, but not from inside a function, and one in CommonJS not at
 * all. So it is done synchronously, in both: a worker thread makes the request while this thread waits, some 30 ms once in
 * an environment's life.
 *
 * @throws when it is refused, or not answered
 */
export function registerExtension(api: string): string {
  const { port1, port2 } = new MessageChannel()
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: {
      url: `http://${api}/2020-01-01/extension/register`,
      name: NAME,
      port: port2,
      flag,
      timeoutMs: TIMEOUT_MS / 2,
    },
    transferList: [port2],
    // None of the flags and preloads that were meant for the function.
    execArgv: [],
    env: {},
  })
  worker.unref()
  // Without a listener an error in the worker would end the process; the answer that does not come tells the same.
  worker.on('error', () => {})
  Atomics.wait(flag, 0, 0, TIMEOUT_MS)
  const answer: Answer = receiveMessageOnPort(port1)?.message ?? { reason: `no answer within ${TIMEOUT_MS} ms` }
  port1.close()
  void worker.terminate()
  if (answer.id === undefined) throw new Error(answer.reason)
  return answer.id
}
