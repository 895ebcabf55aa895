import { execFile } from 'node:child_process'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { type InstalledPackage, installPackage, ROOT } from './install-package.ts'
import { compileProgram, RESOLUTIONS, writeProgram } from './resolutions.ts'

const exec = promisify(execFile)
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)

let installed: InstalledPackage
let consumer: string

/** Writes a file into the project that has installed the tarball. */
const write = async (name: string, text: string) => writeFile(join(consumer, name), text)

beforeAll(async () => {
  installed = await installPackage()
  consumer = installed.project
})

afterAll(() => installed.remove())

describe('the packed tarball', () => {
  test('installs itself and nothing else', async () => {
    const lock = JSON.parse(await readFile(join(consumer, 'package-lock.json'), 'utf8'))
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/analytics-edge'])
  })

  test('contains the build, the licence and the documents, but no sources or tests', async () => {
    const names = await readdir(installed.folder, { recursive: true })
    const documents = ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'docs/settings.md']
    expect(names).toEqual(expect.arrayContaining([...documents, 'package.json', 'dist/index.js', 'dist/index.cjs']))
    expect(
      names.filter((name) => !/^(dist(\/.+)?|docs(\/.+\.(md|svg))?|[A-Z]+(\.md)?|package\.json)$/.test(name)),
    ).toEqual([])
  })

  test('contains the target of every relative link in its documents', async () => {
    const names = await readdir(installed.folder, { recursive: true })
    const documents = names.filter((name) => name.endsWith('.md'))
    const links = await Promise.all(
      documents.map(async (name) => {
        const text = await readFile(join(installed.folder, name), 'utf8')
        const targets = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map((match) => match[1] ?? '')
        return targets.map((target) => ({ name, target, path: join(dirname(name), target) }))
      }),
    )
    expect(links.flat().filter(({ name }) => name === 'README.md').length).toBeGreaterThan(10)
    expect(links.flat().filter(({ path }) => !names.includes(path))).toEqual([])
  })

  test('passes publint', async () => {
    const { stdout } = await exec(bin('publint'), ['run', installed.tarball, '--strict'])
    expect(stdout).toContain('All good!')
  })

  test('passes attw without exceptions: every subpath, in every module resolution', async () => {
    const { stdout } = await exec(bin('attw'), [installed.tarball, '--profile', 'strict', '--format', 'json'])
    const { analysis } = JSON.parse(stdout)
    expect(Object.keys(analysis.entrypoints).sort()).toEqual([...installed.subpaths, './package.json'].sort())
    expect(analysis.problems).toEqual([])
  })
})

describe('from an installed tarball', () => {
  const program = (load: string) => `${load}
    const analytics = new Analytics({ writeKey: 'package', host: process.argv[2] })
    analytics.track({ userId: 'u', event: process.argv[3] })
    flushOnExit(analytics)
    if (typeof withAnalytics({ writeKey: 'k' }, { fetch() {} }).fetch !== 'function') process.exit(1)
    if (lambda.withAnalytics({ writeKey: 'k' }, async () => {}).length !== 2) process.exit(1)
    if (typeof vercel.withAnalytics({ writeKey: 'k' }, async () => {}) !== 'function') process.exit(1)`

  test.each([
    [
      'program.mjs',
      `import Default, { Analytics } from 'analytics-edge'
       import { flushOnExit } from 'analytics-edge/node'
       import { withAnalytics } from 'analytics-edge/workers'
       import * as lambda from 'analytics-edge/lambda'
       import * as vercel from 'analytics-edge/vercel'
       if (Default !== Analytics) process.exit(1)`,
    ],
    [
      'program.cjs',
      `const { Analytics } = require('analytics-edge')
       const { flushOnExit } = require('analytics-edge/node')
       const { withAnalytics } = require('analytics-edge/workers')
       const lambda = require('analytics-edge/lambda')
       const vercel = require('analytics-edge/vercel')
       if (require('analytics-edge').default !== Analytics) process.exit(1)`,
    ],
  ])('%s delivers', async (name, load) => {
    const collector = await startCollector()
    try {
      await write(name, program(load))
      await exec(process.execPath, [name, collector.url, name], { cwd: consumer })
      expect(collector.events().map(({ event, problems }) => [event.event, problems])).toEqual([[name, []]])
    } finally {
      await collector.close()
    }
  })

  test('lets a client and a wrapper recognise each other, in both module systems', async () => {
    const code = `const worker = withAnalytics(new Analytics({ writeKey: 'k', disable: true }), {
        fetch: async (request, env, ctx, analytics) => analytics.track({ userId: 'u', event: 'e' }) })
      worker.fetch({}, {}, { waitUntil() {} }).then(({ status }) => console.log(status === 'delivered'))`
    await write(
      'same.cjs',
      `const { Analytics } = require('analytics-edge'); const { withAnalytics } = require('analytics-edge/workers'); ${code}`,
    )
    await write(
      'same.mjs',
      `import { Analytics } from 'analytics-edge'; import { withAnalytics } from 'analytics-edge/workers'; ${code}`,
    )
    for (const name of ['same.cjs', 'same.mjs']) {
      expect((await exec(process.execPath, [name], { cwd: consumer })).stdout).toBe('true\n')
    }
  })
})

describe('the code of plugins', () => {
  const program = `import { Analytics } from './package/dist/index.js'
    console.warn = () => {}
    const analytics = new Analytics({ writeKey: 'package', host: process.argv[2] })
    const codes = []
    analytics.on('error', ({ code, reason }) => codes.push([code, reason.code, reason.cause?.code]))
    await analytics.track({ userId: 'u', event: 'Before' })
    const scrub = (ctx) => { ctx.updateEvent('properties', {}); return ctx }
    const registered = analytics.register({ name: 'scrubber', type: 'before', track: scrub }).then(() => [], (reason) => [reason.code, reason.cause?.code])
    const track = (event) => analytics.track({ userId: 'u', event, properties: { email: 'jane@example.com' } })
    await Promise.all([track('One'), analytics.scope().track({ userId: 'u', event: 'Two', properties: { email: 'jane@example.com' } })])
    const rejection = await registered
    await track('Three')
    await analytics.register().catch(() => {})
    await track('Four')
    console.log(JSON.stringify({ rejection, codes }))`
  let collector: Collector

  beforeAll(async () => {
    collector = await startCollector()
    await cp(join(consumer, 'node_modules/analytics-edge'), join(consumer, 'package'), { recursive: true })
    await write('plugins.mjs', program)
  })

  afterAll(() => collector.close())

  const run = async () => {
    collector.clear()
    const { stdout } = await exec(process.execPath, ['plugins.mjs', collector.url], { cwd: consumer })
    return stdout
  }
  const received = () => collector.events().map(({ event: { event, properties } }) => [event, properties])

  test('is there for events tracked right after register()', async () => {
    expect(JSON.parse(await run())).toEqual({ rejection: [], codes: [] })
    expect(received()).toEqual(['Before', 'One', 'Two', 'Three', 'Four'].map((name) => [name, {}]))
  })

  test('is part of the main file: no other file has to be deployed with it', async () => {
    const dist = join(consumer, 'package/dist')
    const others = (await readdir(dist)).filter((name) => name !== 'index.js')
    expect(others.length).toBeGreaterThan(5)
    for (const name of others) await rm(join(dist, name))
    expect(JSON.parse(await run())).toEqual({ rejection: [], codes: [] })
    expect(received()).toEqual(['Before', 'One', 'Two', 'Three', 'Four'].map((name) => [name, {}]))
  })
})

describe("the wrapper for Vercel, in a project's bundle", () => {
  const bundle = async (code: string, conditions: string[]) => {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: consumer },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      conditions,
      external: ['next/*'],
    })
    return outputFiles[0]?.text ?? ''
  }
  const use = "import { withAnalytics } from 'analytics-edge/vercel'; console.log(withAnalytics)"

  // The conditions of Next's bundlers: on the edge both are set.
  test.each([
    [['react-server'], true],
    [['edge-light', 'react-server'], false],
    [['edge-light'], false],
    [[], false],
  ])('imports Next only where it runs on Node: %j', async (conditions, knowsNext) => {
    expect((await bundle(use, conditions)).includes('"next/server.js"')).toBe(knowsNext)
  })

  test('adds at most 1.75 KB to the client, compressed, including the cookie of identify', async () => {
    const client = "import { Analytics } from 'analytics-edge'; console.log(Analytics);"
    const sizes = await Promise.all([client, client + use].map(async (code) => gzipSync(await bundle(code, [])).length))
    const [without = 0, together = 0] = sizes
    expect(without).toBeGreaterThan(1_792)
    expect(together - without).toBeGreaterThan(0)
    expect(together - without).toBeLessThan(1_792)
  })
})

describe('the installed types', () => {
  const check = async (name: string, code: string, options: object) => {
    await write(name, code)
    await write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { strict: true, noEmit: true, ...options }, files: [name] }),
    )
    return exec(bin('tsc'), ['-p', '.'], { cwd: consumer }).then(
      () => '',
      (error) => String(error.stdout),
    )
  }
  const typeRoots = [join(ROOT, 'node_modules/@types'), join(ROOT, 'node_modules')]

  // The other resolutions, and older versions of TypeScript: `npm run suite -- package`.
  const common = RESOLUTIONS.filter(({ name }) => ['node10, CommonJS', 'nodenext', 'bundler'].includes(name))

  test.each(common.map((resolution) => [resolution.name, resolution] as const))(
    'compile for every subpath, without the types of Node or the DOM: %s',
    async (_name, resolution) => {
      await writeProgram(consumer, installed.subpaths)
      expect(await compileProgram(consumer, join(ROOT, 'node_modules/typescript'), resolution)).toBe('')
    },
  )

  test("are exact under exactOptionalPropertyTypes, and reject what Segment's do", async () => {
    const code = `import { Analytics } from 'analytics-edge'
      const analytics = new Analytics({ writeKey: 'k', host: undefined })
      analytics.track({ userId: 'u', event: 'e', properties: undefined })
      analytics.scope({ userId: 'u' }).track({ event: 'e' })
      interface Order { id: string }
      const order: Order = { id: '1' }
      analytics.track({ anonymousId: 'a', event: 'e', properties: order })
      // @ts-expect-error no id at all
      analytics.track({ event: 'e' })
      // @ts-expect-error no id at all, and none from the scope
      analytics.scope({}).track({ event: 'e' })
      // @ts-expect-error a track needs a name
      analytics.track({ userId: 'u' })
      // @ts-expect-error an alias needs both ids
      analytics.alias({ userId: 'u' })
      // @ts-expect-error no such setting
      new Analytics({ writeKey: 'k', flushInteval: 1 })
      // @ts-expect-error no such event
      analytics.on('trakc', () => {})`
    const options = { module: 'NodeNext', lib: ['ES2022'], types: [], exactOptionalPropertyTypes: true }
    expect(await check('strict.mts', code, options)).toBe('')
  })

  test("fit Next's routes, proxies and API routes", async () => {
    const code = `import type { IncomingMessage, ServerResponse } from 'node:http'
      import { Analytics } from 'analytics-edge'
      import { withAnalytics } from 'analytics-edge/vercel'
      interface NextRequest extends Request { readonly nextUrl: URL }
      interface NextFetchEvent { readonly sourcePage: string; waitUntil(promise: Promise<unknown>): void }
      interface Context { params: Promise<{ id: string }> }
      type RouteHandler = (request: NextRequest, context: Context) => Promise<Response | void> | Response | void
      const settings = () => ({ writeKey: process.env.SEGMENT_WRITE_KEY ?? '' })

      const plain = withAnalytics(settings, (request, context, analytics) => {
        const url: string = request.url
        const nothing: unknown = context
        analytics.track({ userId: url, event: 'e', properties: { nothing } })
        // @ts-expect-error no id
        analytics.track({ event: 'e' })
        return Response.json({ url })
      })
      const alone: (request: Request) => Promise<Response> = plain
      const annotated = withAnalytics(new Analytics(settings()), async (request: NextRequest, { params }: Context, analytics) => {
        const { id } = await params
        analytics.track({ userId: id, event: 'e', properties: { path: request.nextUrl.pathname } })
        return new Response(id)
      }, { timeout: 1000 })
      const routes: Record<string, RouteHandler> = { plain, annotated, short: withAnalytics(settings, () => new Response()) }
      // @ts-expect-error a context that was asked for has to come
      annotated({} as NextRequest)

      const proxy: (request: NextRequest, event: NextFetchEvent) => Promise<Response | undefined> =
        withAnalytics(settings, (request: NextRequest, event: NextFetchEvent, analytics) => {
          analytics.track({ userId: event.sourcePage, event: request.nextUrl.pathname })
          return undefined
        })
      const api: (req: any, res: any) => unknown = withAnalytics(
        settings,
        async (req: IncomingMessage, res: ServerResponse, analytics) => {
          analytics.track({ userId: 'u', event: req.url ?? '' })
          res.end()
        })
      // @ts-expect-error no such option
      withAnalytics(settings, () => new Response(), { tiemout: 1 })
      export { alone, routes, proxy, api }`
    const options = { module: 'ESNext', moduleResolution: 'bundler', types: ['node'], typeRoots, skipLibCheck: true }
    for (const customConditions of [[], ['react-server']]) {
      expect(await check('route.ts', code, { ...options, customConditions })).toBe('')
    }
  })

  test("infer a Worker's handlers from the types of Workers", async () => {
    const code = `import { Analytics } from 'analytics-edge'
      import { kvTokenCache, withAnalytics } from 'analytics-edge/workers'
      export const authorised = (kv: KVNamespace, clientKey: CryptoKey | JsonWebKey | string) => new Analytics({
        writeKey: 'k', oauthSettings: { clientId: 'c', keyId: 'i', clientKey, tokenCache: kvTokenCache(kv) } })
      interface Env { SEGMENT_WRITE_KEY: string; KV: KVNamespace }
      const worker = withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY }), {
        async fetch(request, env, ctx, analytics) {
          const value: string | null = await env.KV.get(new URL(request.url).pathname)
          ctx.waitUntil(Promise.resolve())
          analytics.track({ userId: request.headers.get('user') ?? 'none', event: 'e' })
          // @ts-expect-error no id
          analytics.track({ event: 'e' })
          return new Response(value)
        },
        async queue(batch: MessageBatch<{ userId: string }>, env, ctx: ExecutionContext, analytics) {
          for (const message of batch.messages) analytics.track({ userId: message.body.userId, event: 'e' })
        },
        async email(message: ForwardableEmailMessage, env, ctx, analytics) {},
        async scheduled(controller: ScheduledController, env, ctx, analytics) {},
        async tail(events: TraceItem[], env, ctx, analytics) {},
      })
      export default worker satisfies ExportedHandler<Env, { userId: string }>`
    const types = ['@cloudflare/workers-types']
    const options = {
      module: 'ESNext',
      moduleResolution: 'bundler',
      lib: ['ES2022'],
      types,
      typeRoots,
      skipLibCheck: true,
    }
    expect(await check('worker.ts', code, options)).toBe('')
  })
})
