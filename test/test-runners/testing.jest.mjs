import { afterEach, describe, expect, jest, test } from '@jest/globals'
import * as core from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as testing from 'analytics-edge/testing'
import * as vercel from 'analytics-edge/vercel'
import listCases from './cases.cjs'
import { COLLECTOR_URL, eventsOf } from './collector.cjs'
import cases from './testing-cases.cjs'

const { createParallelTests, listTestingCases } = cases

expect.extend({ toHaveTracked: testing.toHaveTracked })
afterEach(() => jest.useRealTimers())

const CLOCKS = {
  real: () => {},
  fake: () => jest.useFakeTimers(),
  'legacy fake': () => jest.useFakeTimers({ legacyFakeTimers: true }),
}

test('imports the ES modules', () => {
  expect(typeof require).toBe('undefined')
  expect(import.meta.resolve('analytics-edge')).toMatch(/\/dist\/index\.js$/)
})

describe.each(Object.entries(CLOCKS))('ES modules in jest with %s timers', (clock, fake) => {
  test.each(Object.entries(listTestingCases({ core, lambda, testing })))(
    'analytics-edge/testing: %s',
    async (_name, run) => {
      fake()
      await run()
    },
  )

  test.each(Object.keys(listCases({ core: {} })))('%s ends', async (name) => {
    const writeKey = `jest esm ${clock} ${name}`
    const settings = (more) => ({ writeKey, host: COLLECTOR_URL, ...more })
    const { run, eventCount } = listCases({ core, lambda, vercel }, settings)[name]
    fake()
    await run()
    jest.useRealTimers()
    expect(await eventsOf(writeKey)).toHaveLength(eventCount)
  })
})

describe('tests that jest runs at the same time', () => {
  test.concurrent.each([...createParallelTests({ testing }).entries()])('%i', (_index, run) => run())
})

test('toHaveTracked', () => {
  const capture = testing.createTestAnalytics()
  capture.analytics.track({ userId: 'u1', event: 'E' })
  expect(capture).toHaveTracked('E')
  expect(capture).not.toHaveTracked({ event: expect.stringMatching('F') })
})
