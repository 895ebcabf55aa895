'use server'

import { redirect } from 'next/navigation'
import { client } from '../analytics.ts'

/** The form's server action. Nothing wraps it: the client binds its calls to the request. */
export async function subscribe(form: FormData): Promise<void> {
  const email = String(form.get('email'))
  client.identify({ userId: email, traits: { email } })
  client.track({ userId: email, event: 'Subscribed' })
  redirect('/thanks')
}
