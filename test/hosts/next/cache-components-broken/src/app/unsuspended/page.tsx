import { connection } from 'next/server'
import { client } from '../../analytics.ts'

export default async function Unsuspended() {
  await connection()
  client.track({ userId: 'u', event: 'Unsuspended' })
  return <p>No Suspense is around it.</p>
}
