import assert from 'node:assert/strict'
import { afterEach, describe, mock, test } from 'node:test'
import * as core from 'analytics-edge'
import * as lambda from 'analytics-edge/lambda'
import * as vercel from 'analytics-edge/vercel'
import listCases from './cases.cjs'
import { COLLECTOR_URL, eventsOf, httpClient } from './collector.cjs'

const modules = { core, lambda, vercel }

afterEach(() => mock.timers.reset())

describe('under the mock timers of Node', () => {
  for (const name of Object.keys(listCases(modules))) {
    test(`${name} ends`, { timeout: 20_000 }, async () => {
      const writeKey = `node ${name}`
      // Under these timers, Node's own fetch keeps the process for a minute.
      const settings = (more) => ({ writeKey, host: COLLECTOR_URL, httpClient, ...more })
      const { run, eventCount } = listCases(modules, settings)[name]
      mock.timers.enable()
      await run()
      mock.timers.reset()
      assert.equal((await eventsOf(writeKey)).length, eventCount)
    })
  }
})
