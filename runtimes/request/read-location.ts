import type { JSONRecord } from '../../src/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'
import type { ReadRequest } from './read-request.ts'
import type { TrustedHost } from './types.ts'

/** The header in which a host gives the client's address. */
const SEEN_BY: Readonly<Record<string, string>> = { cloudflare: 'cf-connecting-ip', vercel: 'x-real-ip' }

/** IPv4 or IPv6. */
const ADDRESS = /^\[?(\d{1,3}(\.\d{1,3}){3}|([\da-f]{0,4}:){2}[\da-f:.]{0,35})(?=]|:\d+$|$)/i

/** The visitor's address as seen by the named host; ignores headers that the client itself may have sent. */
export function readIp({ header, peer }: ReadRequest, host: TrustedHost): string | undefined {
  const { hops = 0 } = Object(host) as { hops?: number }
  const seen = SEEN_BY[`${host}`]
  // Each proxy appends its caller, so only the last entries come from ours.
  const address = seen ? header(seen) : hops > 0 ? header('x-forwarded-for').split(',').at(-hops) : peer
  // Some proxies add a port, and brackets to separate it.
  return ADDRESS.exec(`${address}`.trim())?.[1]
}

/** The visitor's location under Segment's names, with ISO 3166 codes; unknown behind other proxies and on Lambda. */
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
