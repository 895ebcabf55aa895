// Who has made an HTTP request, in each kind of handler. What a handler tracks is named for the path.
import middy from '@middy/core'
import { analyticsMiddleware, withAnalytics } from 'analytics-edge/lambda'
import { fromRequest } from 'analytics-edge/request'
import { settings } from './settings.mjs'

const options = { identify: (event) => fromRequest(event, { host: 'lambda', ip: true }), setCookie: true }
const track = (analytics, event) => {
  const id = event.rawPath ?? event.path
  analytics.track({ event: 'Visited', messageId: id })
}

export const plain = withAnalytics(
  settings,
  async (event, _context, analytics) => {
    track(analytics, event)
    return { statusCode: 200, body: 'ok' }
  },
  options,
)

export const withMiddy = middy()
  .use(analyticsMiddleware(settings, options))
  .use({ after: ({ response }) => void Object.assign(response, { headers: { 'x-own': 'yes' } }) })
  .handler(async (event, context) => {
    track(context.analytics, event)
    if (event.body === 'fall') throw new RangeError('the handler fell')
    return { statusCode: 200, body: 'ok' }
  })

export const inside = withAnalytics(
  settings,
  middy()
    .use(analyticsMiddleware(settings, options))
    .handler(async (event, context) => {
      track(context.analytics, event)
      return { statusCode: 200, body: 'ok' }
    }),
  options,
)

export const streamed = awslambda.streamifyResponse(
  withAnalytics(
    settings,
    async (event, responseStream, _context, analytics) => {
      track(analytics, event)
      const metadata = { statusCode: 201, headers: { 'content-type': 'text/plain' }, cookies: ['a=b'] }
      if (event.rawQueryString === 'public') metadata.headers['cache-control'] = 'public, max-age=60'
      const response = awslambda.HttpResponseStream.from(responseStream, metadata)
      response.write('one ')
      response.end('two')
    },
    options,
  ),
)

export const bareStream = awslambda.streamifyResponse(
  withAnalytics(
    settings,
    async (event, responseStream, _context, analytics) => {
      track(analytics, event)
      responseStream.setContentType('text/plain')
      responseStream.end('bare')
    },
    options,
  ),
)
