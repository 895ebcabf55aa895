/** When an event arrived and was sent. */
export interface LintContext {
  /** ISO 8601. */
  readonly receivedAt: string
  /** From the request, on its sender's clock. */
  readonly sentAt?: string | undefined
}
