// @vitest-environment jsdom
import * as core from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as node from 'analytics-edge/node'
import * as vercel from 'analytics-edge/vercel'
import * as workers from 'analytics-edge/workers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import listCases from './cases.cjs'
import { COLLECTOR_URL, eventsOf, httpClient } from './collector.cjs'

afterEach(() => vi.useRealTimers())

const modules = { core, lambda, vercel }
const names = Object.keys(listCases(modules))

test('is a jsdom, and loads each subpath', () => {
  expect(window.navigator.userAgent).toContain('jsdom')
  for (const { withAnalytics } of [lambda, vercel, workers]) expect(withAnalytics).toBeInstanceOf(Function)
  expect(node.flushOnExit).toBeInstanceOf(Function)
})

describe.each([
  ['the fetch of the environment', {}],
  ['an HTTP client', { httpClient }],
])('with %s', (how, client) => {
  test.each(names)('%s ends', async (name) => {
    const writeKey = `vitest jsdom ${how} ${name}`
    vi.useFakeTimers()
    const { run, eventCount } = listCases(modules, (more) => ({ writeKey, host: COLLECTOR_URL, ...client, ...more }))[
      name
    ]
    await run()
    vi.useRealTimers()
    expect(await eventsOf(writeKey)).toHaveLength(eventCount)
  })
})

test.each(names)('with disable, %s ends', async (name) => {
  vi.useFakeTimers()
  await listCases(modules, (more) => ({ writeKey: 'k', disable: true, ...more }))[name].run()
  expect(vi.getTimerCount()).toBe(0)
})
