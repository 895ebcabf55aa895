import { connection } from 'next/server'
import { Suspense } from 'react'
import { client } from '../../analytics.ts'

export default function Late({ searchParams }: { searchParams: Promise<{ user?: string }> }) {
  return (
    <Suspense>
      <Prices searchParams={searchParams} />
    </Suspense>
  )
}

async function Prices({ searchParams }: { searchParams: Promise<{ user?: string }> }) {
  await connection()
  const { user = 'unknown' } = await searchParams
  await new Promise((resolve) => setTimeout(resolve, 20))
  client.track({ userId: user, event: 'Prices Shown' })
  return <p>Prices for {user}</p>
}
