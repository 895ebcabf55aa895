import { encodeBase64 } from '../lib/base64.ts'

/** Takes the place of a secret. */
export const REDACTED = '[redacted]'

/** A shorter value, the key of a test for example, would be found in the middle of ordinary words. */
const MIN_SECRET_LENGTH = 6

/** Tokens and assertions change: this many of the latest are remembered. */
const MAX_TEMPORARY_COUNT = 16

/** Knows the secrets of a client, and replaces them wherever they appear. */
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

  /** A method that may be called without its object. */
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

/** As it stands inside a JSON string. */
function escapeAsJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
