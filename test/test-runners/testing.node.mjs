import { afterEach, describe, mock, test } from 'node:test'
import * as core from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as testing from 'analytics-edge/testing'
import { createParallelTests, listTestingCases } from './testing-cases.cjs'

afterEach(() => mock.timers.reset())

for (const [clock, fake] of Object.entries({ real: () => {}, mock: () => mock.timers.enable() })) {
  describe(`analytics-edge/testing with ${clock} timers of Node`, () => {
    for (const [name, run] of Object.entries(listTestingCases({ core, lambda, testing }))) {
      test(name, { timeout: 20_000 }, () => {
        fake()
        return run()
      })
    }
  })
}

describe('tests that Node runs at the same time', { concurrency: true }, () => {
  for (const [index, run] of createParallelTests({ testing }).entries()) test(`${index}`, { timeout: 20_000 }, run)
})
