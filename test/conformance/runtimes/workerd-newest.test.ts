import { NEWEST_WORKERD } from '../../support/workerd.ts'
import { describeRuntime } from '../describe-runtime.ts'
import { inWorkerd } from '../hosts/in-workerd.ts'

describeRuntime({
  name: 'workerd, the newest',
  forms: { 'a bundle for Workers': inWorkerd(NEWEST_WORKERD) },
})
