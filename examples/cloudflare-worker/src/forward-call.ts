import { type Scope, ValidationError } from 'analytics-edge'

/** `POST /track` and the other calls: the body contains the parameters, as in Segment's documentation. */
export async function forwardCall(pathname: string, request: Request, analytics: Scope): Promise<Response> {
  if (request.method !== 'POST') return new Response('no such route\n', { status: 404 })
  try {
    switch (pathname) {
      case '/identify':
        analytics.identify(await request.json())
        break
      case '/track':
        analytics.track(await request.json())
        break
      case '/page':
        analytics.page(await request.json())
        break
      case '/screen':
        analytics.screen(await request.json())
        break
      case '/group':
        analytics.group(await request.json())
        break
      case '/alias':
        analytics.alias(await request.json())
        break
      default:
        return new Response('no such route\n', { status: 404 })
    }
  } catch (error) {
    // Input for which Segment's library throws, or that is not JSON. A delivery never throws: it resolves with an Outcome.
    if (error instanceof ValidationError || error instanceof SyntaxError) {
      return new Response(`${error.message}\n`, { status: 400 })
    }
    throw error
  }
  return new Response('accepted\n', { status: 202 })
}
