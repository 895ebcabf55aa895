// A Worker whose isolates share their OAuth tokens through KV. Its key comes as a secret does, in one line, and its client is
// made at module scope, where workerd allows nothing that is asynchronous or random.
import * as host from 'cloudflare:workers'
import { Analytics } from 'analytics-edge'
import { kvTokenCache, type TokenKVNamespace, withAnalytics } from 'analytics-edge/workers'

interface Env {
  HOST: string
  CLIENT_ID: string
  CLIENT_KEY: string
  KEY_ID: string
  TOKENS: TokenKVNamespace
}

// A cast: the declarations of this module name only what the library uses.
const { env } = host as unknown as { env: Env }

const analytics = new Analytics({
  writeKey: 'wk_kv',
  host: env.HOST,
  oauthSettings: {
    clientId: env.CLIENT_ID,
    clientKey: env.CLIENT_KEY,
    keyId: env.KEY_ID,
    authServer: env.HOST,
    tokenCache: kvTokenCache(env.TOKENS),
  },
})

export default withAnalytics(analytics, {
  async fetch(request, _env, _ctx, scope) {
    const event = new URL(request.url).searchParams.get('event') ?? ''
    const { error } = await scope.track({ userId: 'u1', event })
    return Response.json({ failed: error?.message ?? '' })
  },
})
