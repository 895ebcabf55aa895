const listLateCases = require('./late-import-cases.cjs')

afterAll(() => jest.useRealTimers())

describe.each([
  ['fake', undefined],
  ['legacy fake', { legacyFakeTimers: true }],
])('loaded under %s timers of jest', (_, options) => {
  const modules = () => {
    jest.resetModules()
    jest.useFakeTimers(options)
    return { core: require('analytics-edge'), testing: require('analytics-edge/testing') }
  }

  test.each(Object.keys(listLateCases({})))('%s', (name) => listLateCases(modules())[name]())

  test('a wait leaves the fake clock alone', () => listLateCases.checkNoTimers(modules(), () => jest.getTimerCount()))
})
