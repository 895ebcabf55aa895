import { expect, it } from 'vitest'
import { describeRuntime } from '../describe-runtime.ts'
import { bundleSuite, inWorkerd } from '../hosts/workerd.ts'

describeRuntime({
  name: 'workerd',
  forms: { 'a bundle for Workers': inWorkerd() },
})

it('the library under test is the one that the `workerd` condition names', async () => {
  expect(await bundleSuite()).toMatch(/from "cloudflare:workers"/)
})
