import { cacheLife } from 'next/cache'
import { client } from '../../analytics.ts'

/** Tracks when the cache is filled: while the app is built, and never by a request. */
async function readPrices(): Promise<number> {
  'use cache'
  cacheLife('max')
  client.track({ userId: 'cache', event: 'Prices Read' })
  return 42
}

export default async function Cached() {
  return <p>The price is {await readPrices()}</p>
}
