import { type Checks, checkFunction, choice, throwInvalid } from '../../src/kit/index.ts'
import type { AnyOptions } from './types.ts'

const onOrOff = choice(false, true)

/** The checks of the options, which also give the defaults. The host is checked where it is read. */
export const CHECKS = {
  host: (_, host) => host,
  ip: onOrOff,
  location: onOrOff,
  consent: checkFunction<AnyOptions['consent']>,
  withoutConsent: choice('anonymous', 'nothing'),
  gpc: choice(true, false),
  trackPrefetch: onOrOff,
  // As JSON, in which a list with one domain differs from its text.
  domain: (name, domain) =>
    /^(undefined|"[\w-]+(\.[\w-]+)+")$/.test(JSON.stringify(domain))
      ? domain
      : throwInvalid(name, "a domain like 'example.com'", domain),
  traceparent: onOrOff,
} satisfies Checks<AnyOptions>
