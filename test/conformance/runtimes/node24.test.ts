import process from 'node:process'
import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Node 24',
  jsRuntime: 'node',
  executable: 'node_modules/node/bin/node',
  substitute: process.execPath,
})
