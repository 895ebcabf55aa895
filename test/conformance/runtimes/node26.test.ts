import { describeProcess } from '../hosts/process.ts'

describeProcess({
  name: 'Node 26',
  jsRuntime: 'node',
  executable: 'node_modules/node26/bin/node',
})
