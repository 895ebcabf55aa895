import { describeRuntime } from '../describe-runtime.ts'
import { inEdgeRuntime } from '../hosts/vercel-edge.ts'

describeRuntime({
  name: "Vercel's edge runtime",
  forms: { 'a bundle for the edge': inEdgeRuntime },
})
