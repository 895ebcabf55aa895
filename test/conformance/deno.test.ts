import { describeProcess } from './describe-process.ts'

describeProcess({
  name: 'deno',
  executable: 'node_modules/@deno/linux-x64-glibc/deno',
  args: [
    'run',
    '--quiet',
    '--no-config',
    '--no-lock',
    '--node-modules-dir=none',
    '--cached-only',
    '--allow-net=127.0.0.1',
  ],
})
