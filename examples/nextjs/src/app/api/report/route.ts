import { withAnalytics } from 'analytics-edge/vercel'
import { client } from '../../../analytics.ts'

const SECTIONS = ['sales', 'refunds', 'visitors']

/** `GET /api/report?user=ada`: events are tracked while the body streams, after the handler has returned. */
export const GET = withAnalytics(client, async (request: Request, _context, analytics) => {
  const userId = new URL(request.url).searchParams.get('user') ?? '019mr8mf4r'
  analytics.track({ userId, event: 'Report Opened' })
  const sections = SECTIONS.values()
  const body = new ReadableStream<string>({
    async pull(controller) {
      const { value: section, done } = sections.next()
      if (done) {
        analytics.track({ userId, event: 'Report Read' })
        controller.close()
        return
      }
      // Stands for looking up a section.
      await new Promise((resolve) => setTimeout(resolve, 50))
      controller.enqueue(`${section}: 42\n`)
      analytics.track({ userId, event: 'Section Sent', properties: { section } })
    },
  })
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers: { 'content-type': 'text/plain' } })
})
