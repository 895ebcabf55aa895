import { Analytics } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/lambda'
import { act } from './act.mjs'
import { settings } from './settings.mjs'

// As an environment variable holds a PEM: in one line.
const { OAUTH_KEY: clientKey, SEGMENT_HOST: authServer } = process.env
const client = new Analytics({
  ...settings,
  oauthSettings: { clientId: 'lambda-app', keyId: 'k1', clientKey, authServer },
})

export const handler = withAnalytics(client, (event, _context, analytics) => act(event, analytics))
