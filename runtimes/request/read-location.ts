import type { JSONRecord } from '../../src/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'
import type { ReadRequest } from './read-request.ts'
import type { TrustedHost } from './types.ts'

/** The visitor's address, as the named host has seen it; what the client itself may have sent does not count. */
export function readIp({ header, peer }: ReadRequest, host: TrustedHost): string | undefined {
  const { hops = 0 } = Object(host) as { hops?: number }
  let address = peer
  if (host === 'cloudflare') address = header('cf-connecting-ip')
  if (host === 'vercel') address = header('x-real-ip')
  // Each proxy adds who has called it: only the last ones are by ours.
  if (hops > 0) address = header('x-forwarded-for').split(',').at(-hops)
  // Some proxies add a port.
  const ip = `${address}`.trim().replace(/^([\d.]+):\d+$/, '$1')
  return /^(?=.*[.:])[\da-f.:]{2,45}$/i.test(ip) ? ip : undefined
}

/** Where that is, with the codes of ISO 3166, by the names of Segment; of a proxy and on Lambda nothing is known. */
export function readLocation({ header, cf }: ReadRequest, host: TrustedHost): JSONRecord {
  const read = (name: string, onVercel: string): string | undefined => {
    const text = host === 'vercel' ? decode(header(onVercel)) : host === 'cloudflare' && cf?.[name]
    return cut(text || '')
  }
  const readNumber = (name: string, onVercel: string) =>
    [Number.parseFloat(`${read(name, onVercel)}`)].find(Number.isFinite)
  return {
    timezone: read('timezone', 'x-vercel-ip-timezone'),
    location: {
      city: read('city', 'x-vercel-ip-city'),
      country: read('country', 'x-vercel-ip-country'),
      region: read('regionCode', 'x-vercel-ip-country-region'),
      postalCode: read('postalCode', 'x-vercel-ip-postal-code'),
      latitude: readNumber('latitude', 'x-vercel-ip-latitude'),
      longitude: readNumber('longitude', 'x-vercel-ip-longitude'),
    },
  }
}
