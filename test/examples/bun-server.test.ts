import { describeServer } from './server-contract.ts'

describeServer({
  name: 'the example for Bun',
  executable: 'node_modules/bun/bin/bun.exe',
  args: ['--no-install', 'examples/bun/server.ts'],
  orderEvents: ['Order Placed', 'Order Shipped'],
})
