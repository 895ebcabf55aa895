import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Bun',
  jsRuntime: 'bun',
  executable: 'node_modules/bun/bin/bun.exe',
  args: ['--no-install'],
})
