'use server'

import { redirect } from 'next/navigation'
import { after } from 'next/server'
import { client } from '../analytics.ts'

/** The form's server action. Nothing wraps it, so it binds a scope to its request by itself. */
export async function subscribe(form: FormData): Promise<void> {
  const analytics = client.scope({ waitUntil: after })
  const email = String(form.get('email'))
  analytics.identify({ userId: email, traits: { email } })
  analytics.track({ userId: email, event: 'Subscribed' })
  redirect('/thanks')
}
