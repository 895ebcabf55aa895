import { describeProcess } from './describe-process.ts'

describeProcess({ name: 'bun', executable: 'node_modules/bun/bin/bun.exe', args: ['--no-install'] })
