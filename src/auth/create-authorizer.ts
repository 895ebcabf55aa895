import type { Redactor } from '../http/redactor.ts'
import type { HTTPClient } from '../http/types.ts'
import type { ResolvedOAuthSettings } from '../settings/oauth-settings.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { AuthorizerFactory } from './authorizer.ts'
import { parsePrivateKey } from './private-key.ts'
import { SharedTokens } from './shared-tokens.ts'
import { TokenAuthorizer } from './token-authorizer.ts'
import { TokenValues } from './token-values.ts'

/** Creates the authorizers of a client's queues, which share only values: token, clock and key. */
export function createAuthorizerFactory(
  oauth: ResolvedOAuthSettings,
  { httpRequestTimeoutMs, limits }: ResolvedSettings,
  redactor: Redactor,
  client: HTTPClient,
  onCacheProblem: (problem: unknown) => void,
): AuthorizerFactory {
  const shared = oauth.tokenCache && new SharedTokens(oauth.tokenCache, buildCacheKey(oauth), onCacheProblem)
  const deps = {
    oauth,
    key: parsePrivateKey(oauth.clientKey),
    client,
    values: new TokenValues(),
    shared,
    requestTimeoutMs: httpRequestTimeoutMs,
    redactor,
    limits: { ...limits, maxRetries: oauth.maxRetries },
  }
  return (keepAlive) => new TokenAuthorizer(deps, keepAlive)
}

/** Everything that a token depends on, except secrets. */
function buildCacheKey({ authServer, clientId, scope }: ResolvedOAuthSettings): string {
  return ['analytics-edge', 'token', authServer, clientId, scope].map(encodeURIComponent).join('/')
}
