import { describeError } from './describe-error.ts'

/** Writes to the user's console: only text, and redacted. It works without a console, and with one that throws. */
export class Reporter {
  readonly #redact: (text: string) => string

  constructor(redact: (text: string) => string) {
    this.#redact = redact
  }

  warn(message: string): void {
    this.#write('warn', message)
  }

  /** Reports an error in the user's own code, which must not reach our caller. */
  userError(where: string, error: unknown): void {
    this.#write('error', `${where} threw ${describeError(error)}`)
  }

  /** Returns a function that logs the warning at its first call. */
  createWarning(message: string): (detail?: string) => void {
    let isReported = false
    return (detail = '') => {
      if (!isReported) this.warn(`(reported once) ${message}${detail}`)
      isReported = true
    }
  }

  #write(level: 'warn' | 'error', message: string): void {
    try {
      console[level](this.#redact(`analytics-edge: ${message}`))
    } catch {
      // There is nowhere left to report it.
    }
  }
}
