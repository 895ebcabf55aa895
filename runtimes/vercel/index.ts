import { createWithAnalytics } from './create-with-analytics.ts'

export type { VercelOptions, VercelRequest, WithAnalytics, WrappedHandler } from './types.ts'

export const withAnalytics = createWithAnalytics()
