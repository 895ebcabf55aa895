import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { findEngine } from '../support/engines.ts'
import { ROOT } from './processes.ts'
import { describeServer } from './server-contract.ts'

const executable = 'node_modules/@deno/linux-x64-glibc/deno'

describeServer({
  name: 'the example for Deno',
  executable,
  args: ['run', '--no-lock', '--cached-only', '--allow-env', '--allow-net=127.0.0.1', 'examples/deno/server.ts'],
  orderEvents: ['Order Placed', 'Order Shipped'],
})

const deno = findEngine('the type check of Deno', executable)
if (deno) {
  it("compiles with Deno's own types and those of the installed package", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deno-'))
    try {
      const installed = join(folder, 'node_modules/analytics-edge')
      await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true })
      await cp(join(ROOT, 'package.json'), join(installed, 'package.json'))
      await cp(join(ROOT, 'examples/deno/server.ts'), join(folder, 'server.ts'))
      await writeFile(join(folder, 'package.json'), '{ "dependencies": { "analytics-edge": "*" } }')
      const args = ['check', '--quiet', '--no-lock', '--cached-only', '--node-modules-dir=manual', 'server.ts']
      const { stderr } = await promisify(execFile)(deno, args, { cwd: folder })
      expect(stderr).toBe('')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
