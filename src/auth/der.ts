// Just enough DER (X.690) to recognise an RSA private key by its structure and to wrap it for WebCrypto.

const INTEGER = 0x02
const OCTET_STRING = 0x04
const SEQUENCE = 0x30

/** INTEGER 0. */
const VERSION = [INTEGER, 1, 0]
/** The object identifier of rsaEncryption, 1.2.840.113549.1.1.1. */
const RSA_ENCRYPTION = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
const NULL = [0x05, 0]

/** A PKCS#1 RSAPrivateKey (RFC 8017, A.1.2) as a PKCS#8 PrivateKeyInfo (RFC 5208, section 5). */
export function wrapPkcs1(pkcs1: Uint8Array) {
  const algorithm = encode(SEQUENCE, RSA_ENCRYPTION, NULL)
  return encode(SEQUENCE, VERSION, algorithm, encode(OCTET_STRING, pkcs1))
}

/** Whether the bytes are one complete SEQUENCE; a truncated key is not. */
export function isWholeSequence(bytes: Uint8Array): boolean {
  const content = readSequence(bytes, 0)
  return content !== undefined && content.end === bytes.length
}

/** Whether a PKCS#8 PrivateKeyInfo contains an RSA key. */
export function isRsaPkcs8(bytes: Uint8Array): boolean {
  const outer = readSequence(bytes, 0)
  const algorithm = outer && readSequence(bytes, outer.start + VERSION.length)
  return algorithm !== undefined && RSA_ENCRYPTION.every((byte, index) => bytes[algorithm.start + index] === byte)
}

function encode(tag: number, ...parts: ArrayLike<number>[]) {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Uint8Array.from([tag, ...encodeLength(length), ...parts.flatMap((part) => Array.from(part))])
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

function readSequence(bytes: Uint8Array, offset: number): { start: number; end: number } | undefined {
  const [tag, first = 0] = bytes.subarray(offset, offset + 2)
  if (tag !== SEQUENCE) return undefined
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first }
  const start = offset + 2 + (first & 0x7f)
  const length = bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  return { start, end: start + length }
}
