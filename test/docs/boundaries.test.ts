import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let copy: string

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'boundaries-'))
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.base.json', '.dependency-cruiser.cjs']) {
    await cp(join(root, name), join(copy, name))
  }
})

afterAll(() => rm(copy, { recursive: true, force: true }))

const run = (cwd: string, tool: string, ...args: string[]) =>
  new Promise<{ exitCode: number; output: string }>((resolve) => {
    execFile(join(root, 'node_modules/.bin', tool), args, { cwd }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, output: stdout + stderr }),
    )
  })

const check = (cwd: string, ...more: string[]) =>
  run(cwd, 'depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'runtimes', ...more)

/** Lays a fresh copy of the sources with something appended to one file. */
async function append(file: string, code: string): Promise<void> {
  await cp(join(root, 'src'), join(copy, 'src'), { recursive: true })
  await cp(join(root, 'runtimes'), join(copy, 'runtimes'), { recursive: true })
  await appendFile(join(copy, file), `\n${code}\n`)
}

test('every import points down, and the collector has no circle', async () => {
  expect(await check(root, 'collector')).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('no dependency violations'),
  })
})

test.each([
  ['src-stands-alone', 'src/errors.ts', '../runtimes/node/index.ts'],
  ['src-stands-alone', 'src/lib/base64.ts', 'node:buffer'],
  ['runtimes-see-only-index-and-kit', 'runtimes/workers/index.ts', '../../src/scope.ts'],
  ['runtimes-see-only-index-and-kit', 'runtimes/workers/index.ts', '../../src/kit/identify.ts'],
  ['index-leaves-out-the-kit', 'src/index.ts', './kit/index.ts'],
  ['runtimes-see-only-their-host', 'runtimes/workers/index.ts', '../node/index.ts'],
  ['delivery-does-not-look-up', 'src/delivery/batch.ts', '../scope.ts'],
  ['delivery-does-not-look-up', 'src/delivery/batch.ts', '../kit/identify.ts'],
  ['middle-does-not-look-up', 'src/events/build.ts', '../scope.ts'],
  ['middle-does-not-look-up', 'src/auth/token-request.ts', '../delivery/batch.ts'],
  ['events-know-no-room-beside-them', 'src/events/build.ts', '../plugins/plugin.ts'],
  ['plugins-and-auth-are-separate', 'src/auth/token-request.ts', '../plugins/plugin.ts'],
  ['low-does-not-look-up', 'src/settings/settings.ts', '../events/build.ts'],
  ['base-does-not-look-up', 'src/errors.ts', './settings/check.ts'],
  ['lib-holds-leaves', 'src/lib/base64.ts', '../errors.ts'],
  ['only-the-facade-makes-scopes', 'src/scope.ts', './analytics.ts'],
  ['no-circle', 'src/lib/reporter.ts', '../events/emitter.ts'],
])('%s: a violation fails the check', async (rule, file, target) => {
  await append(file, `import * as wrong from '${target}'\nexport { wrong }`)
  const { exitCode, output } = await check(copy)
  expect(output).toContain(`error ${rule}: `)
  expect(exitCode).toBeGreaterThan(0)
})

test.each(['process.exit()', "Buffer.from('')", 'setImmediate(() => {})', "document.title = ''", "require('node:fs')"])(
  'src cannot use anything beyond Web standards: %s',
  async (code) => {
    await append('src/lib/base64.ts', code)
    const { exitCode, output } = await run(copy, 'tsc', '-p', 'src')
    expect(output).toContain('Cannot find name')
    expect(exitCode).toBeGreaterThan(0)
  },
)
