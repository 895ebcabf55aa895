import process from 'node:process'
import { describeServer } from './server-contract.ts'

describeServer({
  name: 'the example for Hono, on Node',
  executable: process.execPath,
  args: ['examples/hono/node.ts'],
  orderEvents: ['Order Placed'],
})
