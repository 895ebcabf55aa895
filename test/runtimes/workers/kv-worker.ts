// A Worker whose isolates share their OAuth tokens through KV. Its key comes as a secret does, in one line.
import { Analytics } from 'analytics-edge'
import { kvTokenCache, type TokenKVNamespace, withAnalytics } from 'analytics-edge/workers'

interface Env {
  HOST: string
  CLIENT_ID: string
  CLIENT_KEY: string
  KEY_ID: string
  TOKENS: TokenKVNamespace
}

export default withAnalytics(
  (env: Env) =>
    new Analytics({
      writeKey: 'wk_kv',
      host: env.HOST,
      oauthSettings: {
        clientId: env.CLIENT_ID,
        clientKey: env.CLIENT_KEY,
        keyId: env.KEY_ID,
        authServer: env.HOST,
        tokenCache: kvTokenCache(env.TOKENS),
      },
    }),
  {
    async fetch(request, _env, _ctx, analytics) {
      const event = new URL(request.url).searchParams.get('event') ?? ''
      const context = await analytics.track({ userId: 'u1', event })
      return Response.json({ failed: String(context.failedDelivery()?.reason ?? '') })
    },
  },
)
