import type { JSONRecord } from '../../src/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'
import type { ReadRequest } from './read-request.ts'
import type { TrustedHost } from './types.ts'

/** The header in which a host says whom it has seen. */
const SEEN_BY: Readonly<Record<string, string>> = { cloudflare: 'cf-connecting-ip', vercel: 'x-real-ip' }

/** Of version 4 or 6. */
const ADDRESS = /^\[?(\d{1,3}(\.\d{1,3}){3}|([\da-f]{0,4}:){2}[\da-f:.]{0,35})(?=]|:\d+$|$)/i

/** The visitor's address, as the named host has seen it; what the client itself may have sent does not count. */
export function readIp({ header, peer }: ReadRequest, host: TrustedHost): string | undefined {
  const { hops = 0 } = Object(host) as { hops?: number }
  const seen = SEEN_BY[`${host}`]
  // Each proxy adds who has called it: only the last ones are by ours.
  const address = seen ? header(seen) : hops > 0 ? header('x-forwarded-for').split(',').at(-hops) : peer
  // Some proxies add a port, and brackets to tell it apart.
  return ADDRESS.exec(`${address}`.trim())?.[1]
}

/** Where that is, with the codes of ISO 3166, by the names of Segment; of a proxy and on Lambda nothing is known. */
export function readLocation({ header, cf }: ReadRequest, host: TrustedHost): JSONRecord {
  const read = (name: string, onVercel = name): string | undefined => {
    const text = host === 'vercel' ? decode(header(`x-vercel-ip-${onVercel}`)) : host === 'cloudflare' && cf?.[name]
    return cut(text || '')
  }
  const readNumber = (name: string) => [Number.parseFloat(`${read(name)}`)].find(Number.isFinite)
  return {
    timezone: read('timezone'),
    location: {
      city: read('city'),
      country: read('country'),
      region: read('regionCode', 'country-region'),
      postalCode: read('postalCode', 'postal-code'),
      latitude: readNumber('latitude'),
      longitude: readNumber('longitude'),
    },
  }
}
