import { encodeBase64 } from '../lib/base64.ts'

export const REDACTED = '[redacted]'

/** Shorter values, for example a test's key, would match inside ordinary words. */
const MIN_SECRET_LENGTH = 6

/** Tokens and assertions change; only the latest few are remembered. */
const MAX_TEMPORARY_COUNT = 16

/** Knows a client's secrets and replaces them wherever they appear. */
export class Redactor {
  readonly #permanent: readonly string[]
  #temporary: readonly string[] = []

  constructor(writeKey: string) {
    const basic = encodeBase64(`${writeKey}:`)
    this.#permanent = [
      basic,
      basic.replaceAll('=', ''),
      writeKey,
      encodeURIComponent(writeKey),
      escapeAsJson(writeKey),
    ].filter(isLong)
  }

  /** Adds a token or an assertion. */
  add(secret: string): void {
    if (isLong(secret)) this.#temporary = [...this.#temporary, secret].slice(-MAX_TEMPORARY_COUNT)
  }

  /** A property, so that it can be called without its object. */
  readonly redact = (text: string): string => {
    let redacted = text
    for (const secret of this.#permanent) redacted = redacted.replaceAll(secret, REDACTED)
    for (const secret of this.#temporary) redacted = redacted.replaceAll(secret, REDACTED)
    return redacted
  }
}

function isLong(secret: string): boolean {
  return secret.length >= MIN_SECRET_LENGTH
}

/** As the text appears inside a JSON string. */
function escapeAsJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
