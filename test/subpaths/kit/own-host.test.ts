import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Collector, startCollector } from '../../../collector/index.ts'

const require = createRequire(import.meta.url)
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The host of docs/hosts.md: it calls the handler, has the response, and ends when nothing is left to wait for. */
const HOST = `
import handler from './handler.ts'
const started = []
const host = {
  work: 0,
  waitUntil(promise) {
    this.work++
    started.push(promise)
  },
}
const responses = []
for (const path of process.argv.slice(2)) {
  const response = await handler(new Request('https://shop.example' + path, { headers: { cookie: process.env.COOKIE ?? '' } }), host)
  responses.push({ status: response.status, cookie: response.headers.get('set-cookie')?.split('=')[0], work: host.work })
}
while (started.length > 0) await started.shift()
console.log(JSON.stringify(responses))
`

let folder: string
let collector: Collector

beforeAll(async () => {
  collector = await startCollector()
  folder = await mkdtemp(join(tmpdir(), 'own-host-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/analytics-edge'))
  const text = await readFile(join(ROOT, 'docs/hosts.md'), 'utf8')
  await writeFile(join(folder, 'handler.ts'), text.match(/^```ts\n(.*?)^```$/ms)?.[1] ?? '')
  await writeFile(join(folder, 'host.mjs'), HOST)
})
beforeEach(() => collector.clear())
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await collector.close()
})

async function run(env: Record<string, string>, ...paths: string[]) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['host.mjs', ...paths], {
    cwd: folder,
    env: { PATH: process.env.PATH, SEGMENT_HOST: collector.url, ...env },
  })
  return { responses: JSON.parse(stdout), log: stderr }
}

test.each([
  ['import', await import('../../../dist/kit.js'), await import('../../../dist/index.js')],
  ['require', require('../../../dist/kit.cjs'), require('../../../dist/index.cjs')],
])('loaded with %s, makes clients of the one core', (_, { createClientLookup, toClient }, { Analytics }) => {
  const settings = { writeKey: 'k', disable: true }
  expect(toClient(settings)).toBeInstanceOf(Analytics)
  expect(createClientLookup(settings)()).toBe(toClient(settings))
})

test('shares the one core with the main entry in a bundle for Workers', async () => {
  const program = "export { createClientLookup } from 'analytics-edge/kit'; export { Analytics } from 'analytics-edge'"
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['node:*', 'cloudflare:*'],
  })
  expect(
    Object.keys(metafile.inputs)
      .filter((name) => name.startsWith('dist/'))
      .sort(),
  ).toEqual(['dist/index.js', 'dist/kit.workerd.js', 'dist/workerd.js'])
})

describe('the wrapper of docs/hosts.md', () => {
  test('delivers the events of each request through waitUntil, and identifies its user', async () => {
    const cookies = { SEGMENT_WRITE_KEY: 'wk', COOKIE: 'ajs_user_id=u1; ajs_anonymous_id=a1' }
    const { responses } = await run(cookies, '/one', '/two')
    expect(responses).toMatchObject([
      { status: 200, work: expect.any(Number) },
      { status: 200, work: expect.any(Number) },
    ])
    expect(responses[0].work).toBeGreaterThan(0)
    const received = collector
      .events()
      .map(({ event, problems }) => [event.userId, event.anonymousId, event.properties, problems])
    expect(received.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
      ['u1', 'a1', { path: '/one' }, []],
      ['u1', 'a1', { path: '/two' }, []],
    ])
  })

  test('sets the cookie of a new visitor', async () => {
    const { responses } = await run({ SEGMENT_WRITE_KEY: 'wk' }, '/')
    expect(responses).toMatchObject([{ cookie: 'ajs_anonymous_id' }])
    expect(collector.events()).toHaveLength(1)
  })

  test('answers requests without a write key, and logs the mistake once', async () => {
    const { responses, log } = await run({}, '/one', '/two')
    expect(responses).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(
      log.match(
        /^analytics-edge: no event can be delivered: the settings given to withAnalytics are wrong: ValidationError: writeKey must/gm,
      ),
    ).toHaveLength(1)
    expect(collector.events()).toEqual([])
  })
})
