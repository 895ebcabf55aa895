import type { Fault, OAuthClient, RequestRecord } from '../../collector/index.ts'
import type { OAuthSettings, TokenCache } from '../../dist/index.js'

/** An OAuth app that is registered with the collector, as a workspace's owner and the server's operator see it. */
export interface OAuthApp {
  readonly clientId: string
  readonly keyId: string
  readonly keys: KeyForms
  settings(changes?: Partial<OAuthSettings>): OAuthSettings
  /** The requests for a token that it made, in order. */
  tokenRequests(): Promise<RequestRecord[]>
  /** How the token server answered them. */
  tokenAnswers(): Promise<RequestRecord['status'][]>
  /** Has its requests for a token go wrong. */
  fail(fault: Fault): Promise<void>
  /** Revokes its tokens; answers with their number. */
  revoke(): Promise<number>
  /** Changes what it is registered with. */
  change(changes: Partial<OAuthClient>): Promise<void>
}

/** One private key in each form that `clientKey` may have, and its public half. */
export interface KeyForms {
  readonly pkcs8: string
  readonly pkcs1: string
  readonly jwk: JsonWebKey
  readonly cryptoKey: CryptoKey
  readonly publicJwk: JsonWebKey
}

type JsonWebKey = Awaited<ReturnType<typeof exportJwk>>
type CryptoKey = Parameters<typeof exportJwk>[0]

const RS256 = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}

export async function createKeys(): Promise<KeyForms> {
  // The cast: workerd's types know one result for all algorithms.
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(RS256, true, [
    'sign',
    'verify',
  ])) as import('node:crypto').webcrypto.CryptoKeyPair
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  const { kty, n, e } = await exportJwk(publicKey)
  return {
    pkcs8: toPem('PRIVATE KEY', der),
    // The key itself follows 26 bytes of frame, for a key of this length.
    pkcs1: toPem('RSA PRIVATE KEY', der.subarray(26)),
    jwk: await exportJwk(privateKey),
    cryptoKey: privateKey,
    publicJwk: { kty, n, e } as JsonWebKey,
  }
}

async function exportJwk(key: import('node:crypto').webcrypto.CryptoKey) {
  return crypto.subtle.exportKey('jwk', key)
}

function toPem(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** Keys of this run; making them takes a while. A value, which requests of a Worker may share. */
let madeKeys: KeyForms | undefined

/** Registers a separate app for a case. */
export async function registerApp(collectorUrl: string, options: Partial<OAuthClient> = {}): Promise<OAuthApp> {
  madeKeys ??= await createKeys()
  const keys = madeKeys
  const clientId = `client_${crypto.randomUUID()}`
  const keyId = `key_${crypto.randomUUID()}`
  const call = async (method: string, path: string, content?: object) => {
    const body = content === undefined ? {} : { body: JSON.stringify(content) }
    const response = await fetch(`${collectorUrl}/_/${path}`, { method, ...body })
    const text = await response.text()
    if (!response.ok) throw new Error(`the collector refused ${path}: ${text}`)
    return JSON.parse(text)
  }
  const change = (changes: Partial<OAuthClient>) =>
    call('POST', 'oauth/clients', { clientId, keyId, publicKey: keys.publicJwk, ...changes })
  await change(options)

  const tokenRequests = (): Promise<RequestRecord[]> => call('GET', `requests?clientId=${clientId}`)
  return {
    clientId,
    keyId,
    keys,
    settings: (changes) => ({ clientId, clientKey: keys.pkcs8, keyId, authServer: collectorUrl, ...changes }),
    tokenRequests,
    tokenAnswers: async () => (await tokenRequests()).map(({ status }) => status),
    fail: (fault) => call('POST', 'faults', { path: '/token', clientId, ...fault }),
    revoke: async () => (await call('DELETE', `oauth/tokens?clientId=${clientId}`)).revoked,
    change,
  }
}

export interface MemoryCache extends TokenCache {
  readonly entries: Map<string, string>
  readonly sets: string[]
}

/** A store of tokens as isolates may share it. */
export function createMemoryCache(): MemoryCache {
  const entries = new Map<string, string>()
  const sets: string[] = []
  return {
    entries,
    sets,
    get: async (key) => entries.get(key),
    set: async (key, token) => {
      entries.set(key, token)
      sets.push(token)
    },
  }
}

/** Makes the cached tokens look as if that part of an hour's life were over; more than 1 is expired. */
export function ageTokens({ entries }: MemoryCache, lifeShare: number): void {
  const lifeMs = 3_600_000
  const issuedAt = Date.now() - lifeMs * lifeShare
  for (const [key, text] of entries) {
    entries.set(key, JSON.stringify({ ...JSON.parse(text), issuedAt, expiresAt: issuedAt + lifeMs }))
  }
}
