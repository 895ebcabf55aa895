import { describeRuntime } from '../describe-runtime.ts'
import { inWorkerd } from '../hosts/workerd.ts'

describeRuntime({
  name: 'workerd with `nodejs_compat`',
  forms: { 'a bundle for Workers': inWorkerd('nodejs_compat') },
})
