import { describeError } from './describe-error.ts'

/** Writes to the console of the user: text only, and redacted. A console that throws, or is missing, harms nobody. */
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

  /** A warning that is given at most once, however often it is asked for. */
  createWarning(message: string): (detail?: string) => void {
    let isGiven = false
    return (detail = '') => {
      if (!isGiven) this.warn(`(reported once) ${message}${detail}`)
      isGiven = true
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
