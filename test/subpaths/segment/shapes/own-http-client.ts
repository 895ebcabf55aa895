// HTTP clients of one's own: a class, a subclass, a function.
import {
  Analytics,
  FetchHTTPClient,
  type HTTPClient,
  type HTTPClientRequest,
  type HTTPFetchFn,
  type HTTPResponse,
} from 'SDK'

class Logging implements HTTPClient {
  async makeRequest({ url, method, headers, body }: HTTPClientRequest): Promise<HTTPResponse> {
    console.log('class', method, headers['Content-Type'])
    return fetch(url, { method, headers, body })
  }
}
class Tagging extends FetchHTTPClient {
  override async makeRequest(options: HTTPClientRequest) {
    console.log('subclass')
    return super.makeRequest({ ...options, headers: { ...options.headers, 'X-Team': 'growth' } })
  }
}
const send: HTTPFetchFn = async (url, { method, headers, body }) => {
  console.log('function')
  return fetch(url, { method, headers, body })
}

async function main(): Promise<void> {
  for (const httpClient of [new Logging(), new Tagging(), send]) {
    const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '', httpClient })
    analytics.track({ userId: 'u1', event: 'E' })
    await analytics.closeAndFlush()
  }
}
void main()
