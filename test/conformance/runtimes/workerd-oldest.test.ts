import { expect, it } from 'vitest'
import { OLDEST_WORKERD } from '../../support/workerd.ts'
import { describeRuntime } from '../describe-runtime.ts'
import { bundleSuite, inWorkerd } from '../hosts/in-workerd.ts'

describeRuntime({
  name: 'workerd, the oldest supported',
  forms: { 'a bundle for Workers': inWorkerd(OLDEST_WORKERD) },
})

it('tests the library that the `workerd` condition names', async () => {
  expect(await bundleSuite()).toMatch(/from "cloudflare:workers"/)
})
