import { withAnalytics } from 'analytics-edge/workers'
import { answer } from './record.ts'

interface Env {
  SEGMENT_WRITE_KEY: string
  SEGMENT_HOST: string
}

export default withAnalytics((env: Env) => ({ writeKey: env.SEGMENT_WRITE_KEY, host: env.SEGMENT_HOST }), {
  fetch: (request, _env, _ctx, analytics) => answer(request, analytics),
})
