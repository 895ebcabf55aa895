import type { KeySource } from './private-key.ts'

/** A key that `crypto.subtle` signs with. It is a value, so any request in an isolate may use it. */
export type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** Imports a key into the runtime; rejects if its numbers are invalid. */
export async function importSigningKey(source: Exclude<KeySource, { kind: 'none' }>): Promise<SigningKey> {
  switch (source.kind) {
    case 'pkcs8':
      return crypto.subtle.importKey('pkcs8', source.bytes, RS256, false, ['sign'])
    case 'jwk':
      return crypto.subtle.importKey('jwk', source.jwk, RS256, false, ['sign'])
    case 'crypto-key':
      // The cast: type, algorithm and usage were checked with the settings; the class differs between runtimes.
      return source.key as SigningKey
  }
}
