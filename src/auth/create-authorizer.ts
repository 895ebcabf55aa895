import type { Redactor } from '../http/redact.ts'
import type { HTTPClient } from '../http/types.ts'
import type { ResolvedOAuthSettings } from '../settings/oauth-settings.ts'
import type { ResolvedSettings } from '../settings/settings.ts'
import type { AuthorizerFactory } from './authorizer.ts'
import { parsePrivateKey } from './private-key.ts'
import { SharedTokens } from './shared-tokens.ts'
import { TokenAuthorizer } from './token-authorizer.ts'
import { TokenValues } from './token-values.ts'

/** Makes the authorizers of a client's queues, which share what is a value: token, clock, key. */
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

/** What a token depends on, and no secret. */
function buildCacheKey({ authServer, clientId, scope }: ResolvedOAuthSettings): string {
  return ['analytics-edge', 'token', authServer, clientId, scope].map(encodeURIComponent).join('/')
}
