// One edge function in Vercel's edge runtime, as a server on loopback: `node edge-server.ts <file>`, forked. It tells its parent
// the URL, and of each invocation when it ended: since then Vercel may freeze it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHandler, EdgeRuntime } from 'edge-runtime'
import { build } from 'esbuild'
import { type EdgeMessage, INVOCATION_HEADER } from './edge-process.ts'

/** Where a function on Vercel finds what belongs to its request, and code of Vercel's own package looks as well. */
const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

const [file = ''] = process.argv.slice(2)
const requestContexts = new AsyncLocalStorage<{ waitUntil(promise: Promise<unknown>): void }>()
const runtime = new EdgeRuntime({
  initialCode: await bundle(file),
  extend: (context) =>
    Object.assign(context, {
      process: { env: { SEGMENT_HOST: process.env.SEGMENT_HOST, SEGMENT_WRITE_KEY: process.env.SEGMENT_WRITE_KEY } },
      [REQUEST_CONTEXT]: { get: () => requestContexts.getStore() },
    }),
})
const { handler } = createHandler({ runtime })
let invocationCount = 0
const server = createServer((request, response) => {
  const invocation = String(invocationCount++)
  const promises: Promise<unknown>[] = []
  response.setHeader(INVOCATION_HEADER, invocation)
  requestContexts.run({ waitUntil: (promise) => promises.push(promise) }, async () => {
    await handler(request, response)
    // Grows while it is walked: what is waited for may ask for more.
    for (const promise of promises) await promise
    send({ invocation, endedAtMs: Date.now() })
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
// A server that listens on TCP has an AddressInfo.
send({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
// The parent is gone.
process.once('disconnect', () => process.exit())

/** Bundled as for Vercel, with what calls its default export for each request. */
async function bundle(file: string): Promise<string> {
  const contents = `import handler from ${JSON.stringify(file)}
addEventListener('fetch', (event) => event.respondWith(handler(event.request, {})))`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '/' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['edge-light', 'module'],
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

function send(message: EdgeMessage): void {
  process.send?.(message)
}
