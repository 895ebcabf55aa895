// For users' own tests: captures what is tracked, without a network.

export type { Answer } from './answers.ts'
export { assertNotTracked, assertTracked, type TrackedSource, toHaveTracked } from './assert-tracked.ts'
export { captureAnalytics } from './capture-analytics.ts'
export { createTestAnalytics, type TestAnalytics } from './create-test-analytics.ts'
export { type EventMatch, matchesEvent } from './matches-event.ts'
export type { EventCapture, FailedEvent, SentRequest } from './types.ts'
