import * as core from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as testing from 'analytics-edge/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createParallelTests, listTestingCases } from './testing-cases.cjs'

expect.extend({ toHaveTracked: testing.toHaveTracked })
afterEach(() => vi.useRealTimers())

const cases = Object.entries(listTestingCases({ core, lambda, testing }))

describe.each([
  ['real', () => {}],
  ['fake', () => vi.useFakeTimers()],
])('analytics-edge/testing with %s timers of vitest', (_, fake) => {
  test.each(cases)('%s', async (_name, run) => {
    fake()
    await run()
  })
})

describe('tests that vitest runs at the same time', () => {
  test.concurrent.for([...createParallelTests({ testing }).entries()])('%i', ([, run]) => run())
})

test('toHaveTracked', () => {
  const capture = testing.createTestAnalytics()
  capture.analytics.track({ userId: 'u1', event: 'E' })
  expect(capture).toHaveTracked('E')
  expect(capture).not.toHaveTracked({ event: expect.stringMatching('F') })
})
