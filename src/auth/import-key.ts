import type { KeySource } from './private-key.ts'

/** A key that `crypto.subtle` signs with. It is a value, so any request in an isolate may use it. */
export type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** Imports a key into the runtime; rejects if its numbers are invalid. */
export async function importSigningKey(source: Exclude<KeySource, { kind: 'none' }>): Promise<SigningKey> {
  // The cast: type, algorithm and usage were checked with the settings; the class differs between runtimes.
  if (source.kind === 'crypto-key') return source.key as SigningKey
  const data = source.kind === 'jwk' ? source.jwk : source.bytes
  // The casts: `importKey` has an overload for each form of a key.
  return crypto.subtle.importKey(source.kind as 'jwk', data as never, RS256, false, ['sign'])
}
