import { cookies } from 'next/headers'
import { Suspense } from 'react'
import { client } from '../../analytics.ts'

export default function Prefetched() {
  return (
    <Suspense>
      <Visitor />
    </Suspense>
  )
}

/** Cookies are known to a prefetch as well, so this tracks before anybody has asked for the page. */
async function Visitor() {
  const anonymousId = (await cookies()).get('visitor')?.value ?? 'unknown'
  client.track({ anonymousId, event: 'Prefetched' })
  return <p>Hello, {anonymousId}</p>
}
