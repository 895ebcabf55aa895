import { isPlainObject } from '../lib/is-plain-object.ts'
import { decodeBase64 } from './decode-base64.ts'
import { isRsaPkcs8, isWholeSequence, wrapPkcs1 } from './der.ts'

/**
 * The numbers of an RSA private key as in a JWK (RFC 7518, section 6.3), without fields that would restrict its use.
 */
export type RSAPrivateJWK = { kty: 'RSA' } & Record<(typeof RSA_NUMBERS)[number], string>

/** A private key in a form that WebCrypto accepts, or what was found instead. */
export type KeySource =
  | { kind: 'pkcs8'; bytes: NonNullable<ReturnType<typeof decodeBase64>> }
  | { kind: 'jwk'; jwk: RSAPrivateJWK }
  | { kind: 'crypto-key'; key: object }
  | { kind: 'none'; found: string }

const RSA_NUMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const

/**
 * Finds the RSA private key in the value of an environment variable, a file or a key store. Describes what it found,
 * never the key.
 */
export function parsePrivateKey(value: unknown): KeySource {
  if (typeof value === 'string') return parseText(unwrap(value))
  if (typeof value !== 'object' || value === null) return none(value === null ? 'null' : `of type ${typeof value}`)
  if ('kty' in value) return parseJwk(value)
  if ('algorithm' in value && 'usages' in value) return parseCryptoKey(value)
  return none('an object that is neither a JWK (it has no kty) nor a CryptoKey')
}

function none(found: string): KeySource {
  return { kind: 'none', found }
}

/** Undoes how environment variables change lines: surrounding quotes, and `\n` as two characters. */
function unwrap(text: string): string {
  const quoted = /^\s*(["'`])([\s\S]*)\1\s*$/.exec(text)
  return (quoted?.[2] ?? text).replaceAll('\\r', '').replaceAll('\\n', '\n').trim()
}

function parseText(text: string): KeySource {
  if (text === '') return none('an empty string')
  if (text.startsWith('{')) return parseJwkText(text)
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(text)
  if (!pem) return none(/-----BEGIN/.test(text) ? 'a PEM without its END line' : 'a string that is no PEM')
  const [, label, body = ''] = pem
  if (label === 'PRIVATE KEY') return parsePem(body, isRsaPkcs8, (bytes) => bytes)
  if (label === 'RSA PRIVATE KEY') return parsePem(body, () => true, wrapPkcs1)
  return none(`a PEM of a ${label}`)
}

function parsePem(
  body: string,
  isRsa: (bytes: Uint8Array) => boolean,
  toPkcs8: (bytes: NonNullable<ReturnType<typeof decodeBase64>>) => ReturnType<typeof wrapPkcs1>,
): KeySource {
  if (body.includes('ENCRYPTED')) return none('an encrypted PEM')
  const bytes = decodeBase64(body)
  if (!bytes || !isWholeSequence(bytes)) return none('a PEM whose content is damaged or cut off')
  return isRsa(bytes) ? { kind: 'pkcs8', bytes: toPkcs8(bytes) } : none('a private key of another kind than RSA')
}

function parseJwkText(text: string): KeySource {
  try {
    return parseJwk(JSON.parse(text))
  } catch {
    return none('a string that is neither a PEM nor JSON')
  }
}

function parseJwk(value: unknown): KeySource {
  if (!isPlainObject(value) || value.kty !== 'RSA') return none('a JWK of another kind than RSA')
  if (value.d === undefined) return none('a public JWK: it has no d')
  const missing = RSA_NUMBERS.filter((name) => typeof value[name] !== 'string')
  if (missing.length > 0) return none(`a JWK without ${missing.join(', ')}`)
  // The cast: each was checked above to be a string.
  const numbers = Object.fromEntries(RSA_NUMBERS.map((name) => [name, value[name]])) as Omit<RSAPrivateJWK, 'kty'>
  return { kind: 'jwk', jwk: { kty: 'RSA', ...numbers } }
}

function parseCryptoKey(key: object): KeySource {
  // The cast: reads an undocumented shape.
  const { type, algorithm, usages } = key as Record<string, unknown> & {
    algorithm?: { name?: string; hash?: { name?: string } }
  }
  if (type !== 'private') return none(`a ${type === 'public' ? 'public' : 'secret'} CryptoKey`)
  if (algorithm?.name !== 'RSASSA-PKCS1-v1_5' || algorithm.hash?.name !== 'SHA-256') {
    return none('a CryptoKey for another algorithm than RSASSA-PKCS1-v1_5 with SHA-256')
  }
  if (!Array.isArray(usages) || !usages.includes('sign')) return none("a CryptoKey without the usage 'sign'")
  return { kind: 'crypto-key', key }
}
