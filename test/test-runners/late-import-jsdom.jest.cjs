/** @jest-environment jsdom */

const listLateCases = require('./late-import-cases.cjs')

jest.useFakeTimers()
const modules = { core: require('analytics-edge'), testing: require('analytics-edge/testing') }
afterAll(() => jest.useRealTimers())

test.each(Object.entries(listLateCases(modules)))('loaded in jsdom under fake timers: %s', (_name, run) => run())
