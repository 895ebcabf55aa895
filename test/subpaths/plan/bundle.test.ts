import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The modules that a program brings along, as a bundler for workerd sees them, and its code. */
async function bundle(program: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['node:*', 'cloudflare:*'],
  })
  return { modules: Object.keys(metafile.inputs), code: outputFiles[0]?.text ?? '' }
}

test('a program with a plan includes its code', async () => {
  const { modules, code } = await bundle("export { definePlan } from 'analytics-edge/plan'")
  expect(modules).toContain('dist/plan.js')
  expect(code).toContain('~standard')
})

test.each([
  "export { Analytics, createAnalytics } from 'analytics-edge'",
  "export { Analytics } from 'analytics-edge/segment'",
  "export { withAnalytics } from 'analytics-edge/workers'",
  "export { withAnalytics } from 'analytics-edge/vercel'",
  "export { withAnalytics } from 'analytics-edge/lambda'",
  "export { createTestAnalytics } from 'analytics-edge/testing'",
])('%s includes none of the code of a plan', async (program) => {
  const { modules, code } = await bundle(program)
  expect(modules.length).toBeGreaterThan(1)
  expect(modules).not.toContain('dist/plan.js')
  expect(code).not.toContain('~standard')
  expect(code).not.toContain('is not in the plan')
})
