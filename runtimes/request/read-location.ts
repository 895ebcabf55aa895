import type { JSONRecord } from '../../src/index.ts'
import { cut } from './cut.ts'
import { decode } from './decode.ts'
import type { ReadRequest } from './read-request.ts'
import type { TrustedHost } from './types.ts'

/** Adds the visitor's location under Segment's names, with ISO 3166 codes; unknown behind other proxies and on Lambda. */
export function addLocation(context: JSONRecord, { header, cf }: ReadRequest, host: TrustedHost | undefined): void {
  const read = (name: string, onVercel = name): string | undefined =>
    cut(host === 'vercel' ? decode(header(`x-vercel-ip-${onVercel}`)) : host === 'cloudflare' ? cf?.[name] : '')
  const readNumber = (name: string) => [Number(read(name))].find(Number.isFinite)
  context.timezone = read('timezone')
  context.location = {
    city: read('city'),
    country: read('country'),
    region: read('regionCode', 'country-region'),
    postalCode: read('postalCode', 'postal-code'),
    latitude: readNumber('latitude'),
    longitude: readNumber('longitude'),
  }
}
