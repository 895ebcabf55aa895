import { randomBytes } from 'node:crypto'
import { type CryptoKey, importJWK, importSPKI, type JWK } from 'jose'
import * as v from 'valibot'
import { isPlainObject } from './shapes.ts'
import { closedObject, finiteNumber, lifeSeconds, text, textList, validate } from './validate.ts'

/** An OAuth app, as registered in a workspace. Registering it again adds a key, or changes the lifetime or the clock. */
export interface OAuthClient {
  clientId: string
  keyId: string
  /** A PEM (`BEGIN PUBLIC KEY`) or a JWK. */
  publicKey: string | JWK
  /** @default ['tracking_api:write'] */
  scopes?: readonly string[]
  /** Lifetime of tokens issued from now on. @default that of the server */
  tokenLifeSeconds?: number
  /** How far the server's clock is ahead, as this client sees it. @default that of the server */
  clockSkewMs?: number
}

export interface OAuthOptions {
  clients?: readonly OAuthClient[]
  /** @default 86400 */
  tokenLifeSeconds?: number
  /** How far the server's clock is ahead, in `Date` and when checking assertions. @default 0 */
  clockSkewMs?: number
  /** The expected `aud`, for example behind a proxy. @default the server's base URL, as the client sees it */
  audience?: string
}

/** A registered client as the server sees it. */
export interface RegisteredClient {
  readonly clientId: string
  readonly keys: Map<string, CryptoKey>
  scopes: readonly string[]
  tokenLifeSeconds: number
  clockSkewMs: number
  readonly seenJtis: Set<string>
}

interface IssuedToken {
  readonly client: RegisteredClient
  readonly scope: string
  readonly expiresAtMs: number
}

/** Clients and their tokens. */
export class AuthServer {
  readonly #defaults: Required<Omit<OAuthOptions, 'clients' | 'audience'>>
  readonly audience: string | undefined
  readonly #clients = new Map<string, RegisteredClient>()
  readonly #tokens = new Map<string, IssuedToken>()

  constructor({ tokenLifeSeconds = 86_400, clockSkewMs = 0, audience }: OAuthOptions = {}) {
    this.audience = audience
    this.#defaults = { tokenLifeSeconds, clockSkewMs }
  }

  /** @throws TypeError if it is not valid */
  async register(value: unknown): Promise<void> {
    const { clientId, keyId, publicKey, ...changes } = validateClient(value)
    const key = await importPublicKey(publicKey)
    const client = this.#clients.get(clientId) ?? {
      clientId,
      keys: new Map(),
      scopes: ['tracking_api:write'],
      ...this.#defaults,
      seenJtis: new Set(),
    }
    client.keys.set(keyId, key)
    this.#clients.set(clientId, Object.assign(client, changes))
  }

  find(clientId: string | undefined): RegisteredClient | undefined {
    return this.#clients.get(clientId ?? '')
  }

  /** The time as shown to a client. */
  nowMs(client: RegisteredClient | undefined): number {
    return Date.now() + (client ?? this.#defaults).clockSkewMs
  }

  issue(client: RegisteredClient, scope: string): { token: string; lifeSeconds: number } {
    const token = randomBytes(32).toString('base64url')
    const lifeSeconds = client.tokenLifeSeconds
    this.#tokens.set(token, { client, scope, expiresAtMs: Date.now() + lifeSeconds * 1000 })
    return { token, lifeSeconds }
  }

  /** The client that the token belongs to, or why it is rejected. */
  checkToken(token: string): { client: RegisteredClient } | { status: 401 | 403; message: string } {
    const issued = this.#tokens.get(token)
    if (issued === undefined) return { status: 401, message: 'unknown or revoked access token' }
    if (Date.now() >= issued.expiresAtMs) return { status: 401, message: 'the access token has expired' }
    const isInScope = issued.scope.split(' ').includes('tracking_api:write')
    return isInScope ? { client: issued.client } : { status: 403, message: 'the access token lacks tracking_api:write' }
  }

  /** Returns the number of tokens revoked; without a client, revokes all. */
  revoke(clientId?: string): number {
    let count = 0
    for (const [token, { client }] of this.#tokens) {
      if (clientId === undefined || client.clientId === clientId) count += Number(this.#tokens.delete(token))
    }
    return count
  }
}

async function importPublicKey(publicKey: string | JWK): Promise<CryptoKey> {
  const key = typeof publicKey === 'string' ? importSPKI(publicKey, 'RS256') : importJWK(publicKey, 'RS256')
  const imported = await key.catch((error: unknown) => {
    throw new TypeError(`client.publicKey: must be an RSA public key, as a PEM or a JWK (${error})`)
  })
  if (imported instanceof Uint8Array || imported.type !== 'public') {
    throw new TypeError('client.publicKey: must be public')
  }
  return imported
}

const CLIENT = closedObject({
  clientId: text,
  keyId: text,
  publicKey: v.message(v.union([text, v.custom<JWK>(isPlainObject)]), 'must be a PEM or a JWK'),
  scopes: v.optional(textList),
  tokenLifeSeconds: v.optional(lifeSeconds),
  clockSkewMs: v.optional(finiteNumber),
} satisfies Record<keyof OAuthClient, v.GenericSchema>)

function validateClient(value: unknown): v.InferOutput<typeof CLIENT> {
  const own = isPlainObject(value) ? { ...value } : value
  return validate(CLIENT, own, (field, rule) => `client${field && `.${field}`}: ${rule}`)
}
