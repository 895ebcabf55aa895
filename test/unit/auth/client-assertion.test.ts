import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { isInWindow, signAssertion } from '../../../src/auth/client-assertion.ts'
import { importSigningKey } from '../../../src/auth/import-key.ts'
import { parsePrivateKey } from '../../../src/auth/private-key.ts'

const NOW_MS = Date.parse('2026-01-31T12:00:00.900Z')
const PARAMS = { clientId: 'client_1', keyId: 'key_1', audience: 'https://oauth2.segment.io', nowMs: NOW_MS }

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

  it('has the header and claims that Segment requires, and is verified by jose', async () => {
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

  it('differs each time', async () => {
    const [one, two] = [await sign(privateKey), await sign(privateKey)]
    expect(decodeJwt(one).jti).not.toBe(decodeJwt(two).jti)
  })

  it('is valid for a minute, starting five seconds before it was made', () => {
    const iatMs = (Math.floor(NOW_MS / 1000) - 5) * 1000
    expect([iatMs - 1, iatMs, iatMs + 59_999, iatMs + 60_000].map((nowMs) => isInWindow(NOW_MS, nowMs))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe("RSA keys that Node writes in OpenSSL's formats", () => {
  it.each([2048, 3072, 4096])('signs with %i bits, as PKCS#8 and as PKCS#1', async (modulusLength) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
    const [pkcs8, pkcs1] = (['pkcs8', 'pkcs1'] as const).map((type) =>
      String(privateKey.export({ type, format: 'pem' })),
    )
    expect([pkcs8, pkcs1].map((pem) => /BEGIN ([A-Z ]+)-/.exec(pem ?? '')?.[1])).toEqual([
      'PRIVATE KEY',
      'RSA PRIVATE KEY',
    ])
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
    const key = await importSPKI(String(spki), 'RS256')
    for (const pem of [pkcs8, pkcs1]) {
      await expect(jwtVerify(await sign(pem), key, { currentDate: new Date(NOW_MS) })).resolves.toBeDefined()
    }
    // The wrapper that is put around PKCS#1 is, to the byte, the one that others write.
    const source = parsePrivateKey(pkcs1)
    const expected = createPrivateKey(pkcs1 ?? '').export({ type: 'pkcs8', format: 'der' })
    expect(source.kind === 'pkcs8' && Buffer.from(source.bytes).equals(expected)).toBe(true)
  })

  const PKCS8 = { type: 'pkcs8', format: 'pem' } as const
  const CIPHER = { cipher: 'aes-256-cbc', passphrase: 'secret' }
  const OTHER = 'a private key of another kind than RSA'

  it.each([
    ['EC', OTHER, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(PKCS8)],
    ['RSA-PSS', OTHER, () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export(PKCS8)],
    ['ed25519', OTHER, () => generateKeyPairSync('ed25519').privateKey.export(PKCS8)],
    [
      'encrypted',
      'a PEM of a ENCRYPTED PRIVATE KEY',
      () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ ...PKCS8, ...CIPHER }),
    ],
  ])('rejects %s as %s', (_, found, createPem) => {
    expect(parsePrivateKey(String(createPem()))).toEqual({ kind: 'none', found })
  })
})
