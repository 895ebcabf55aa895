import { OLDEST_WORKERD } from '../../support/workerd.ts'
import { describeRuntime } from '../describe-runtime.ts'
import { inWorkerd } from '../hosts/in-workerd.ts'

describeRuntime({
  name: 'workerd, the oldest supported, with `nodejs_compat`',
  forms: { 'a bundle for Workers': inWorkerd(OLDEST_WORKERD, 'nodejs_compat') },
})
