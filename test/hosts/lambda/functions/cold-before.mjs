import { withAnalytics } from 'analytics-edge/lambda'

export const handler = withAnalytics({ writeKey: 'cold-start' }, async ({ id }) => ({ id }))
