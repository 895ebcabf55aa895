import { fileURLToPath } from 'node:url'
import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Deno',
  jsRuntime: 'deno',
  executable: 'node_modules/@deno/linux-x64-glibc/deno',
  args: [
    'run',
    '--quiet',
    '--no-config',
    '--no-lock',
    '--node-modules-dir=manual',
    '--cached-only',
    '--allow-net=127.0.0.1',
    // A subpath in CommonJS requires the core, which Deno has to look for. ES modules need no such permission.
    `--allow-read=${fileURLToPath(new URL('../../../dist', import.meta.url))}`,
  ],
})
