import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Node 22',
  jsRuntime: 'node',
  executable: 'node_modules/node22/bin/node',
})
