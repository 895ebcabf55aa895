// A consumer in a file that also has a wrapper with the extension.
import { consumeSqs, withAnalytics } from 'analytics-edge/lambda'
import { settings } from './settings.mjs'

const after = withAnalytics(settings, async () => 'after', { flush: 'after-response' })
const consume = consumeSqs(settings)

export const handler = (event, context) => (event.Records ? consume(event, context) : after(event, context))
