import { afterAll, test, vi } from 'vitest'
import listLateCases from './late-import-cases.cjs'

vi.useFakeTimers()
const core = await import('analytics-edge')
const testing = await import('analytics-edge/testing')
afterAll(() => void vi.useRealTimers())

test.each(Object.entries(listLateCases({ core, testing })))('%s', (_name, run) => run())

test('a wait leaves the fake clock alone', () => listLateCases.checkNoTimers({ testing }, () => vi.getTimerCount()))
