import { after, mock, test } from 'node:test'
import listLateCases from './late-import-cases.cjs'

mock.timers.enable()
const core = await import('analytics-edge')
const testing = await import('analytics-edge/testing')
after(() => mock.timers.reset())

for (const [name, run] of Object.entries(listLateCases({ core, testing }))) test(name, run)

test('advancing the mock clock ends no wait', async () => {
  const { analytics, waitFor, restore } = testing.createTestAnalytics()
  const wait = waitFor('E')
  mock.timers.tick(60_000)
  analytics.track({ userId: 'u1', event: 'E' })
  await wait
  restore()
})
