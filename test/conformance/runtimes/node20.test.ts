import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Node 20',
  jsRuntime: 'node',
  executable: 'node_modules/node20/bin/node',
})
