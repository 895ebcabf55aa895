import { encodeBase64, encodeBytes } from '../lib/base64.ts'

/** Base64url without padding: RFC 7515, section 2. */
export function encodeBase64Url(content: string | Uint8Array): string {
  const base64 = typeof content === 'string' ? encodeBase64(content) : encodeBytes(content)
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
