import { type CryptoKey, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import type { AuthServer, RegisteredClient } from './auth-server.ts'
import type { Answer } from './plan-answer.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const MAX_LIFE_SECONDS = 60

/** A rejection as in RFC 6749, section 5.2. */
class TokenRejection extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, description: string) {
    super(description)
    this.status = status
    this.code = code
  }
}

export interface TokenRequest {
  readonly contentType: string
  readonly form: URLSearchParams
  /** The server's base URL as the client sees it, which `aud` must match. */
  readonly audience: string
}

/** The client that a token request claims to come from, without verification. */
export function readClientId(form: URLSearchParams): string | undefined {
  try {
    return decodeJwt(form.get('client_assertion') ?? '').iss
  } catch {
    return undefined
  }
}

/** Answers a token request: issues a token if the assertion proves that the client has its private key. */
export async function answerTokenRequest(server: AuthServer, request: TokenRequest): Promise<Answer> {
  const client = server.find(readClientId(request.form))
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...dateHeader(server, client) }
  try {
    const scope = await checkTokenRequest(server, client, request)
    const { token, lifeSeconds } = server.issue(scope.client, scope.names)
    const body = { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds, scope: scope.names }
    return { status: 200, headers, body: JSON.stringify(body) }
  } catch (error) {
    if (!(error instanceof TokenRejection)) throw error
    const body = { error: error.code, error_description: error.message }
    return { status: error.status, headers, body: JSON.stringify(body) }
  }
}

/** The server's time, as shown to a client. */
export function dateHeader(server: AuthServer, client: RegisteredClient | undefined): { date: string } {
  return { date: new Date(server.nowMs(client)).toUTCString() }
}

async function checkTokenRequest(
  server: AuthServer,
  client: RegisteredClient | undefined,
  { contentType, form, audience }: TokenRequest,
): Promise<{ client: RegisteredClient; names: string }> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
    throw new TokenRejection(415, 'invalid_request', 'Content-Type must be application/x-www-form-urlencoded')
  }
  if (form.get('grant_type') !== 'client_credentials') {
    throw new TokenRejection(400, 'unsupported_grant_type', 'grant_type must be client_credentials')
  }
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw new TokenRejection(400, 'invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}`)
  }
  const assertion = form.get('client_assertion') ?? ''
  const keyId = readKeyId(assertion)
  if (client === undefined) throw new TokenRejection(401, 'invalid_client', 'iss is not the id of a known client')
  const key = client.keys.get(keyId)
  if (key === undefined) throw new TokenRejection(401, 'invalid_client', `kid '${keyId}' is not a key of the client`)
  const nowMs = server.nowMs(client)
  const claims = await verifyAssertion(assertion, client, key, audience, nowMs)
  checkTimes(claims, nowMs)
  useJti(client, claims.jti)

  const names = form.get('scope') ?? ''
  const rejected = names.split(' ').find((name) => !client.scopes.includes(name))
  if (rejected !== undefined) throw new TokenRejection(400, 'invalid_scope', `the app has no scope '${rejected}'`)
  return { client, names }
}

async function verifyAssertion(
  assertion: string,
  client: RegisteredClient,
  key: CryptoKey,
  audience: string,
  nowMs: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: ['RS256'],
      issuer: client.clientId,
      subject: client.clientId,
      audience,
      requiredClaims: ['iat', 'exp', 'jti'],
      currentDate: new Date(nowMs),
    })
    return payload
  } catch (error) {
    throw describeJoseError(error, audience)
  }
}

function readKeyId(assertion: string): string {
  try {
    return decodeProtectedHeader(assertion).kid ?? ''
  } catch {
    throw new TokenRejection(400, 'invalid_request', 'client_assertion must be a JWT')
  }
}

function describeJoseError(error: unknown, audience: string): unknown {
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRejection(401, 'invalid_client', "the signature does not fit the client's public key with that kid")
  }
  if (error instanceof errors.JWTExpired) return new TokenRejection(400, 'invalid_client', 'token is expired')
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return new TokenRejection(400, 'invalid_client', `aud is not this token server, ${audience}`)
  }
  return error instanceof errors.JOSEError ? new TokenRejection(400, 'invalid_client', error.message) : error
}

function checkTimes({ iat = 0, exp = 0 }: JWTPayload, nowMs: number): void {
  if (iat * 1000 > nowMs) throw new TokenRejection(400, 'invalid_client', 'token used before it was issued')
  if (exp - iat > MAX_LIFE_SECONDS) {
    throw new TokenRejection(400, 'invalid_client', `exp must be at most ${MAX_LIFE_SECONDS} seconds after iat`)
  }
}

function useJti({ seenJtis }: RegisteredClient, jti = ''): void {
  if (jti === '' || seenJtis.has(jti))
    throw new TokenRejection(400, 'invalid_client', 'jti must be new for each request')
  seenJtis.add(jti)
}
