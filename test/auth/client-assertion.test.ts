import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { isInWindow, signAssertion } from '../../src/auth/client-assertion.ts'
import { importSigningKey } from '../../src/auth/import-key.ts'
import { parsePrivateKey } from '../../src/lib/private-key.ts'

const NOW_MS = Date.parse('2026-01-31T12:00:00.900Z')
const PARAMS = { clientId: 'client_1', keyId: 'key_1', audience: 'https://oauth2.segment.io', nowMs: NOW_MS }

const openssl = (input: string, ...args: string[]) => execFileSync('openssl', args, { input, stdio: 'pipe' }).toString()

async function sign(clientKey: unknown): Promise<string> {
  const source = parsePrivateKey(clientKey)
  if (source.kind === 'none') throw new Error(`it is ${source.found}`)
  return signAssertion(await importSigningKey(source), PARAMS)
}

describe('an assertion', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

  it('has the header and the claims that Segment asks for, and jose verifies it', async () => {
    const jwt = await sign(privateKey)
    const iat = Math.floor(NOW_MS / 1000) - 5
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key_1' })
    expect(decodeJwt(jwt)).toEqual({
      iss: 'client_1',
      sub: 'client_1',
      aud: 'https://oauth2.segment.io',
      iat,
      exp: iat + 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const key = await importSPKI(publicKey, 'RS256')
    await expect(jwtVerify(jwt, key, { currentDate: new Date(NOW_MS) })).resolves.toBeDefined()
  })

  it('is never the same twice', async () => {
    const [one, two] = [await sign(privateKey), await sign(privateKey)]
    expect(decodeJwt(one).jti).not.toBe(decodeJwt(two).jti)
  })

  it('counts from five seconds before it was made, for a minute', () => {
    const iatMs = (Math.floor(NOW_MS / 1000) - 5) * 1000
    expect([iatMs - 1, iatMs, iatMs + 59_999, iatMs + 60_000].map((nowMs) => isInWindow(NOW_MS, nowMs))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('keys as openssl makes them', () => {
  it.each(['2048', '3072', '4096'])('of %s bits, as PKCS#8 and as PKCS#1', async (bits) => {
    const pkcs8 = openssl('', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`)
    const pkcs1 = openssl(pkcs8, 'rsa', '-traditional')
    expect([pkcs8, pkcs1].map((pem) => /BEGIN ([A-Z ]+)-/.exec(pem)?.[1])).toEqual(['PRIVATE KEY', 'RSA PRIVATE KEY'])
    const key = await importSPKI(openssl(pkcs8, 'pkey', '-pubout'), 'RS256')
    for (const pem of [pkcs8, pkcs1]) {
      await expect(jwtVerify(await sign(pem), key, { currentDate: new Date(NOW_MS) })).resolves.toBeDefined()
    }
    // The wrapper that is put around PKCS#1 is, to the byte, the one that others write.
    const source = parsePrivateKey(pkcs1)
    const expected = createPrivateKey(pkcs1).export({ type: 'pkcs8', format: 'der' })
    expect(source.kind === 'pkcs8' && Buffer.from(source.bytes).equals(expected)).toBe(true)
  })

  it.each([
    ['EC', 'a private key of another kind than RSA', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['RSA-PSS', 'a private key of another kind than RSA', ['-algorithm', 'RSA-PSS']],
    ['ed25519', 'a private key of another kind than RSA', ['-algorithm', 'ed25519']],
    ['encrypted', 'a PEM of a ENCRYPTED PRIVATE KEY', ['-algorithm', 'RSA', '-aes256', '-pass', 'pass:secret']],
  ])('%s: refused as %s', (_, found, args) => {
    expect(parsePrivateKey(openssl('', 'genpkey', ...args))).toEqual({ kind: 'none', found })
  })
})
