import { cookies } from 'next/headers'
import { connection } from 'next/server'
import { Suspense } from 'react'
import { client } from '../analytics.ts'

/** Prerendered, but for what needs the request. */
export default function Home() {
  return (
    <Suspense fallback={<p>Who is it?</p>}>
      <Visitor />
    </Suspense>
  )
}

async function Visitor() {
  await connection()
  const anonymousId = (await cookies()).get('visitor')?.value ?? 'unknown'
  client.track({ anonymousId, event: 'Visited' })
  return <p>Hello, {anonymousId}</p>
}
