import type { Expiry } from '../http/deadline.ts'
import { exchange } from '../http/exchange.ts'
import type { Redactor } from '../http/redactor.ts'
import type { HTTPClient } from '../http/types.ts'
import { VERSION } from '../lib/version.ts'
import type { ResolvedOAuthSettings } from '../settings/oauth-settings.ts'
import { signAssertion } from './client-assertion.ts'
import { buildTokenError, decideToken, type TokenDecision } from './decide-token.ts'
import { importSigningKey } from './import-key.ts'
import type { KeySource } from './private-key.ts'
import type { TokenValues } from './token-values.ts'

export interface TokenRequestDeps {
  readonly oauth: ResolvedOAuthSettings
  /** The private key, or what `clientKey` contains instead. */
  readonly key: KeySource
  readonly client: HTTPClient
  readonly values: TokenValues
  readonly redactor: Redactor
}

/** Requests a token, and once more if the first response corrected the clock. Never rejects. */
export async function requestToken(
  deps: TokenRequestDeps,
  expiry: Expiry,
  timeoutMs: number,
): Promise<Exclude<TokenDecision, { kind: 'clock' }>> {
  const first = await requestOnce(deps, expiry, timeoutMs)
  const last = first.kind === 'clock' ? await requestOnce(deps, expiry, timeoutMs) : first
  return last.kind === 'clock' ? { kind: 'failed', reason: last.reason } : last
}

async function requestOnce(
  { oauth, key, client, values, redactor }: TokenRequestDeps,
  expiry: Expiry,
  httpRequestTimeout: number,
): Promise<TokenDecision> {
  const { clientId, keyId, authServer, scope } = oauth
  const tokenUrl = `${authServer}/token`
  const madeAtMs = values.serverNowMs
  if (key.kind === 'none') {
    const allowed = 'must be an RSA private key: a PEM of PKCS#8 or PKCS#1, a JWK or a CryptoKey'
    return { kind: 'failed', reason: buildTokenError(`oauthSettings.clientKey ${allowed}; it is ${key.found}`, {}) }
  }
  let assertion: string
  try {
    values.signingKey ??= await importSigningKey(key)
    assertion = await signAssertion(values.signingKey, { clientId, keyId, audience: authServer, nowMs: madeAtMs })
  } catch (cause) {
    const what = 'the runtime cannot sign with oauthSettings.clientKey as an RSA private key'
    return { kind: 'failed', reason: buildTokenError(what, { cause }) }
  }
  redactor.add(assertion)
  const request = {
    url: tokenUrl,
    method: 'POST' as const,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      'User-Agent': `analytics-edge/${VERSION}`,
    },
    body: buildForm({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope,
    }),
    httpRequestTimeout,
  }
  const { redact } = redactor
  const result = await exchange(client, request, expiry, redact, ({ headers }) => values.correctClock(headers.date))
  return decideToken({ result, tokenUrl, madeAtMs, nowMs: values.serverNowMs, redact })
}

function buildForm(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}
