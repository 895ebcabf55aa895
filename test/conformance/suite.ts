import type { Case } from './case.ts'
import { callbackCases } from './cases/callbacks.ts'
import { callCases } from './cases/calls.ts'
import { closeCases } from './cases/close.ts'
import { deliveryCases } from './cases/delivery.ts'
import { flushCases } from './cases/flush.ts'
import { fromRequestCases } from './cases/from-request.ts'
import { httpClientCases } from './cases/http-client.ts'
import { invocationCases } from './cases/invocations.ts'
import { oauthCases } from './cases/oauth.ts'
import { oauthCacheCases } from './cases/oauth-cache.ts'
import { oauthKeyCases } from './cases/oauth-keys.ts'
import { oauthServerCases } from './cases/oauth-server.ts'
import { outcomeCases } from './cases/outcome.ts'
import { pluginCases } from './cases/plugin-cases.ts'
import { poisonCases } from './cases/poison.ts'
import { retryCases } from './cases/retry.ts'
import { scopeCases } from './cases/scope.ts'
import { sendCases } from './cases/send.ts'
import { settingsCases } from './cases/settings.ts'
import { stopCases } from './cases/stop.ts'
import { textCases } from './cases/text.ts'
import { throwingCases } from './cases/throwing.ts'
import { validationCases } from './cases/validation.ts'

/** What the library does on every runtime. Each case is independent of all others; they may run at the same time. */
export const cases: readonly Case[] = [
  ...callCases,
  ...validationCases,
  ...settingsCases,
  ...deliveryCases,
  ...outcomeCases,
  ...sendCases,
  ...flushCases,
  ...closeCases,
  ...callbackCases,
  ...throwingCases,
  ...retryCases,
  ...stopCases,
  ...poisonCases,
  ...textCases,
  ...scopeCases,
  ...invocationCases,
  ...httpClientCases,
  ...oauthCases,
  ...oauthKeyCases,
  ...oauthServerCases,
  ...oauthCacheCases,
  ...pluginCases,
  ...fromRequestCases,
]
