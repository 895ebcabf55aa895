import { ValidationError } from '../../src/index.ts'
import { type Checks, checkFunction, checkSettings, choice, throwInvalid } from '../../src/kit/index.ts'
import type { AnyOptions } from './types.ts'

const onOrOff = choice(false, true)

const CHECKS: Checks<AnyOptions> = {
  host(name, host) {
    // The cast: JavaScript code may pass anything.
    const { hops = -1 } = Object(host) as { hops?: number }
    if (
      ![undefined, 'cloudflare', 'vercel', 'lambda'].includes(host as string) &&
      !(Number.isInteger(hops) && hops >= 0)
    ) {
      throwInvalid(name, "'cloudflare', 'vercel', 'lambda' or { hops: 0, 1, … }", host)
    }
  },
  ip: onOrOff,
  location: onOrOff,
  consent: checkFunction,
  withoutConsent: choice('anonymous', 'nothing'),
  gpc: onOrOff,
  trackPrefetch: onOrOff,
  domain(name, domain = 'a.b') {
    if (!/^[\w-]+(\.[\w-]+)+$/.test(domain)) throwInvalid(name, "a domain like 'example.com'", domain)
  },
  traceparent: onOrOff,
}

/** Rejects misspelt options, because one might protect someone's privacy. */
export function checkOptions(options: AnyOptions): void {
  const warnings: string[] = []
  checkSettings('options', '', options, CHECKS, warnings)
  if (warnings[0]) throw new ValidationError('options', warnings[0])
  if ((options.ip || options.location) && !options.host)
    throwInvalid('host', 'given with ip and location', options.host)
}
