const { createParallelTests, listTestingCases } = require('./testing-cases.cjs')

const testing = require('analytics-edge/testing')
const modules = { core: require('analytics-edge'), lambda: require('analytics-edge/lambda'), testing }

expect.extend({ toHaveTracked: testing.toHaveTracked })
afterEach(() => jest.useRealTimers())

describe.each([
  ['real', () => {}],
  ['fake', () => jest.useFakeTimers()],
  ['legacy fake', () => jest.useFakeTimers({ legacyFakeTimers: true })],
])('analytics-edge/testing with %s timers of jest', (_, fake) => {
  test.each(Object.entries(listTestingCases(modules)))('%s', async (_name, run) => {
    fake()
    await run()
  })
})

describe('tests that jest runs at the same time', () => {
  test.concurrent.each([...createParallelTests(modules).entries()])('%i', (_index, run) => run())
})

test('toHaveTracked', () => {
  const capture = testing.createTestAnalytics()
  capture.analytics.track({ userId: 'u1', event: 'E' })
  expect(capture).toHaveTracked('E')
  expect(capture).not.toHaveTracked({ event: expect.stringMatching('F') })
})
