const { withAnalytics } = require('analytics-edge/lambda')

exports.handler = withAnalytics(
  { writeKey: 'lambda-test', host: process.env.SEGMENT_HOST },
  async ({ id }, _context, analytics) => {
    analytics.track({ userId: id, event: 'Acted', messageId: id })
    return { id }
  },
  { flush: 'after-response' },
)
