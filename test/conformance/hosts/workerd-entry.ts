// A Worker that runs one case a request, `/?case=<name>&collector=<url>`. The package's own name is resolved by the
// conditions of a bundler for Workers, so the library is the one that users get there.
import * as lib from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { runOne } from '../run-all.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    const collectorUrl = searchParams.get('collector') ?? ''
    const options = { lib, fromRequest, collectorUrl, metadata: { jsRuntime: 'cloudflare-worker' } }
    return Response.json(await runOne(searchParams.get('case'), options))
  },
}
