import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('flushOnExit does nothing in a bundle for the edge, where there is no process', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { Analytics } from './dist/index.js'
        import { flushOnExit } from './dist/node.js'
        const undo = flushOnExit(new Analytics({ writeKey: 'k', disable: true }))
        undo()
        globalThis.result = 'ran'`,
      resolveDir: new URL('../../..', import.meta.url).pathname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
  })
  const code = outputFiles[0]?.text ?? ''
  expect(code).toContain('flushOnExit')
  const withoutProcess = new EdgeVM()
  withoutProcess.evaluate(code)
  expect(withoutProcess.evaluate('globalThis.result')).toBe('ran')
  // As Next has it there.
  const withEnv = new EdgeVM()
  withEnv.evaluate('globalThis.process = { env: {} }')
  withEnv.evaluate(code)
  expect(withEnv.evaluate('globalThis.result')).toBe('ran')
})
