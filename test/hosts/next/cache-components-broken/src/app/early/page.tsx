import { client } from '../../analytics.ts'

export default async function Early() {
  client.track({ userId: 'u', event: 'Too Early' })
  return <p>Nothing of the request has been read.</p>
}
